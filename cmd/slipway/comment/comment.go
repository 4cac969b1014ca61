package comment

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"gitlab.com/slipway/slipway/cmd/slipway/cost"
	"gitlab.com/slipway/slipway/cmd/slipway/plan"
	"gitlab.com/slipway/slipway/cmd/slipway/timing"
)

// Report is what a note is about.
type Report struct {
	Plan *plan.Plan
	// Cost is nil when it could not be computed; CostProblem says why.
	Cost        *cost.Change
	CostProblem string
	// Timing is nil when no deploy can be timed; TimingProblem says why.
	Timing        *timing.Report
	TimingProblem string
	// JobURL is the address of the job, "" for none.
	JobURL string
	// Commit is what the plan was made from, "" for unknown.
	Commit string
	// Of is when the state was written whose copy the plan is against, NoCopy for
	// none, "" for the state itself.
	Of string
}

// NoCopy says that a plan is against nothing.
const NoCopy = "none"

// verbs are what happens to a resource, as a participle.
var verbs = map[plan.Op]string{plan.Delete: "deleted", plan.Replace: "replaced", plan.Update: "updated", plan.Create: "created"}

// longestList is how many resources are listed: GitLab is slow with longer tables.
const longestList = 300

// Text is the note, of limit characters at most: differences that do not fit are
// left out, and the note says so.
func (r *Report) Text(limit int) string {
	var head strings.Builder
	r.writeHeading(&head)
	r.writeErrors(&head)
	r.writeLosses(&head)
	r.writeEffects(&head)
	r.writeList(&head)
	foot := foot(r.JobURL, r.Commit, r.Of)
	text := cut(head.String(), limit-utf8.RuneCountInString(foot))
	room := limit - utf8.RuneCountInString(text) - utf8.RuneCountInString(foot)
	return text + differences(r.Plan.Changes(), room) + foot
}

func (r *Report) writeHeading(out *strings.Builder) {
	p := r.Plan
	sign := "✅"
	switch {
	case len(p.Errors) > 0:
		sign = "❌"
	case len(p.Losses()) > 0:
		sign = "⚠️"
	}
	fmt.Fprintf(out, "### %s Preview of `%s`\n\n", sign, p.Stack)
	if len(p.Errors) > 0 && len(p.Steps) == 0 {
		fmt.Fprintln(out, "**The preview failed.**")
		return
	}
	var counts []string
	for _, op := range plan.Ops {
		if count := p.Count(op); count > 0 {
			counts = append(counts, fmt.Sprintf("**%d %s**", count, verbs[op]))
		}
	}
	switch {
	case len(counts) == 0:
		fmt.Fprintf(out, "Nothing changes; %d resources stay as they are.\n", p.Count(plan.Same))
	default:
		fmt.Fprintf(out, "%s, %d unchanged.\n", strings.Join(counts, ", "), p.Count(plan.Same))
	}
	if p.New() && len(counts) > 0 {
		fmt.Fprintln(out, "\nNothing of this stack is there yet.")
	}
}

func (r *Report) writeErrors(out *strings.Builder) {
	if len(r.Plan.Errors) > 0 {
		fmt.Fprintf(out, "\n> [!caution] The preview failed\n%s", quoted(fence("", strings.Join(r.Plan.Errors, "\n"))))
	}
	if len(r.Plan.Warnings) > 0 {
		fmt.Fprintf(out, "\n> [!warning] Warnings\n%s", quoted(fence("", strings.Join(r.Plan.Warnings, "\n"))))
	}
}

func (r *Report) writeLosses(out *strings.Builder) {
	losses := r.Plan.Losses()
	for _, kind := range []struct {
		loss         plan.Loss
		alert, title string
	}{
		{plan.Data, "caution", "DATA IS LOST"},
		{plan.Address, "warning", "Addresses or running tasks are lost"},
	} {
		var lines []string
		for _, step := range losses {
			loss, what := step.Lost()
			if loss != kind.loss {
				continue
			}
			line := fmt.Sprintf("> - **%s** is **%s**: %s (`%s`)", step.Name, verbs[step.Op], what, step.Type)
			if len(step.Reasons) > 0 {
				line += ", for a change of `" + strings.Join(step.Reasons, "`, `") + "`"
			}
			if step.Protected {
				line += ". It is protected: the deploy will be refused"
			}
			lines = append(lines, line)
		}
		if len(lines) > 0 {
			fmt.Fprintf(out, "\n> [!%s] %s\n>\n%s\n", kind.alert, kind.title, strings.Join(lines, "\n"))
		}
	}
}

// writeEffects writes what the change costs and how long the deploy takes.
func (r *Report) writeEffects(out *strings.Builder) {
	if len(r.Plan.Steps) == 0 {
		return
	}
	fmt.Fprint(out, "\n| | before | after | |\n| --- | ---: | ---: | --- |\n")
	if r.Cost == nil {
		fmt.Fprintf(out, "| cost a month at rest | | | not computed: %s |\n", cell(r.CostProblem))
	} else {
		note := fmt.Sprintf("%+.2f USD", r.Cost.After-r.Cost.Before)
		if amount(r.Cost.Before) == amount(r.Cost.After) {
			note = "unchanged"
		}
		if r.Cost.Over() {
			note += fmt.Sprintf(", **over the target of %.2f USD**", *r.Cost.Target)
		}
		fmt.Fprintf(out, "| **cost a month at rest** | %s USD | %s USD | %s |\n", amount(r.Cost.Before), amount(r.Cost.After), note)
		for _, c := range r.Cost.Components {
			fmt.Fprintf(out, "| %s | %s | %s | %+.2f |\n", c.Component, amount(c.Before), amount(c.After), c.After-c.Before)
		}
	}
	r.writeTime(out)
}

func (r *Report) writeTime(out *strings.Builder) {
	switch {
	case r.Timing == nil:
		fmt.Fprintf(out, "\n**Deploy:** the time is not computed: %s\n", r.TimingProblem)
	case !r.rollsOut():
		fmt.Fprint(out, "\n**Deploy:** no task is replaced.\n")
	default:
		fmt.Fprintf(out, "\n**Deploy:** replacing %d of the app's tasks takes about %s, of which the settings take %s; a version that never gets healthy is given up after %s.\n",
			r.Timing.Tasks, minutes(r.Timing.Typical), minutes(r.Timing.Settings), minutes(r.Timing.Rollback))
		if r.Plan.New() {
			fmt.Fprint(out, "Creating the database and the load balancer comes before it.\n")
		}
	}
}

// rollsOut reports whether tasks are replaced: a service changes.
func (r *Report) rollsOut() bool {
	for _, step := range r.Plan.Changes() {
		if step.Type == "aws:ecs/service:Service" && step.Op != plan.Delete {
			return true
		}
	}
	return false
}

// writeList lists what changes without the differences.
func (r *Report) writeList(out *strings.Builder) {
	changes := r.Plan.Changes()
	if len(changes) == 0 {
		return
	}
	fmt.Fprintf(out, "\n<details><summary>%d resources</summary>\n\n| | component | type | name |\n| --- | --- | --- | --- |\n", len(changes))
	for _, step := range changes[:min(len(changes), longestList)] {
		fmt.Fprintf(out, "| %s | %s | `%s` | %s |\n", verbs[step.Op], step.Component, step.Type, cell(step.Name))
	}
	if more := len(changes) - longestList; more > 0 {
		fmt.Fprintf(out, "\nand %d more\n", more)
	}
	fmt.Fprint(out, "\n</details>\n")
}

// foot says where a text comes from.
func foot(jobURL, commit, of string) string {
	var parts []string
	if jobURL != "" {
		parts = append(parts, fmt.Sprintf("[job](%s)", jobURL))
	}
	if commit != "" {
		parts = append(parts, "commit "+commit)
	}
	switch of {
	case "":
	case NoCopy:
		parts = append(parts, "no copy of the state could be read: everything is shown as new")
	default:
		parts = append(parts, "against the copy of "+of+", without secrets")
	}
	if len(parts) == 0 {
		return ""
	}
	return "\n" + strings.Join(parts, " · ") + "\n"
}
