package comment

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"gitlab.com/slipway/slipway/cmd/slipway/plan"
)

// Drift is an issue about a stack whose resources are not as the program says.
type Drift struct {
	Plan   *plan.Plan
	JobURL string
	Commit string
	// At is when it was looked at.
	At time.Time
}

// Found reports whether something differs.
func (d *Drift) Found() bool { return len(d.Plan.Changes()) > 0 }

// Title is the title.
func (d *Drift) Title() string {
	count := len(d.Plan.Changes())
	if count == 1 {
		return fmt.Sprintf("Drift of %s: 1 resource is not as the program says", d.Plan.Stack)
	}
	return fmt.Sprintf("Drift of %s: %d resources are not as the program says", d.Plan.Stack, count)
}

// Over is what the last note says.
func (d *Drift) Over() string {
	return fmt.Sprintf("%s is as the program says again, looked at on %s.%s\n", d.Plan.Stack, stamp(d.At), strings.TrimRight("\n"+foot(d.JobURL, d.Commit, ""), "\n"))
}

// deeds are what a deploy would do to a resource.
var deeds = map[plan.Op]string{
	plan.Delete: "delete it", plan.Replace: "replace it", plan.Update: "set it back", plan.Create: "create it again",
}

// Text is the description, of limit characters at most.
func (d *Drift) Text(limit int) string {
	var head strings.Builder
	fmt.Fprintf(&head, "What AWS holds for `%s` is not what the program says: somebody changed it by hand, or the last deploy did not come to its end.\n", d.Plan.Stack)
	fmt.Fprintf(&head, "\nLooked at on %s. This text is renewed while it lasts, and the issue is closed when it is over.\n", stamp(d.At))
	fmt.Fprint(&head, "\n| component | type | name | the next deploy would |\n| --- | --- | --- | --- |\n")
	for _, step := range d.Plan.Changes() {
		deed := deeds[step.Op]
		if _, what := step.Lost(); what != "" {
			deed = "**" + deed + "**: lost is " + what
		}
		fmt.Fprintf(&head, "| %s | `%s` | %s | %s |\n", step.Component, step.Type, cell(step.Name), deed)
	}
	fmt.Fprintf(&head, "\nTo bring AWS back, deploy: run the pipeline of the default branch for staging, of the last tag for prod. To keep it, change the program.\n")
	foot := foot(d.JobURL, d.Commit, "")
	text := cut(head.String(), limit-utf8.RuneCountInString(foot))
	return text + differences(d.Plan.Changes(), limit-utf8.RuneCountInString(text)-utf8.RuneCountInString(foot)) + foot
}

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 UTC") }
