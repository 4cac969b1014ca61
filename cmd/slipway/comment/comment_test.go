package comment_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"gitlab.com/slipway/slipway/cmd/slipway/comment"
	"gitlab.com/slipway/slipway/cmd/slipway/cost"
	"gitlab.com/slipway/slipway/cmd/slipway/plan"
	"gitlab.com/slipway/slipway/cmd/slipway/timing"
)

// step is a step of Pulumi's JSON.
func step(op, typ, name, before, after string) string {
	urn := fmt.Sprintf("urn:pulumi:staging::slipway::%s::%s", typ, name)
	return fmt.Sprintf(`{"op": %q, "urn": %q, "replaceReasons": ["engine"], "oldState": {"urn": %q, "protect": true, "inputs": %s}, "newState": {"urn": %q, "inputs": %s}}`, op, urn, urn, before, urn, after)
}

func parse(t *testing.T, rest string, steps ...string) *plan.Plan {
	t.Helper()
	p, err := plan.Parse("staging", []byte(`{"steps": [`+strings.Join(steps, ",")+`]`+rest+`}`))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func contains(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

const database = "aws:rds/instance:Instance"

func TestLossesStandBeforeAllElse(t *testing.T) {
	target := 60.0
	report := comment.Report{
		Plan: parse(t, "",
			step("update", "aws:ecs/service:Service", "app", `{"desiredCount": 1}`, `{"desiredCount": 2}`),
			step("replace", database, "database", `{"engine": "mysql", "password": "hunter2"}`, `{"engine": "postgres", "password": "hunter3"}`),
			step("delete", "aws:lb/loadBalancer:LoadBalancer", "edge", "{}", "{}"),
			step("same", "aws:sns/topic:Topic", "topic", "{}", "{}"),
		),
		Cost:   &cost.Change{Before: 57, After: 80.5, Target: &target, Components: []cost.ComponentChange{{Component: "database", Before: 12, After: 35.5}}},
		Timing: &timing.Report{Tasks: 2, Typical: 180, Settings: 45, Rollback: 150},
		JobURL: "https://gitlab.example.com/-/jobs/1", Commit: "0123abcd",
	}
	text := report.Text(10_000)
	order := []string{
		"### ⚠️ Preview of `staging`",
		"**1 deleted**, **1 replaced**, **1 updated**, 1 unchanged.",
		"> [!caution] DATA IS LOST",
		"> - **database** is **replaced**: a database (`aws:rds/instance:Instance`), for a change of `engine`. It is protected: the deploy will be refused",
		"> [!warning] Addresses or running tasks are lost",
		"> - **edge** is **deleted**: the load balancer and its name",
		"| **cost a month at rest** | 57.00 USD | 80.50 USD | +23.50 USD, **over the target of 60.00 USD** |",
		"| database | 12.00 | 35.50 | +23.50 |",
		"**Deploy:** replacing 2 of the app's tasks takes about 3 min, of which the settings take 45 s; a version that never gets healthy is given up after 2 min 30 s.",
		"<details><summary>3 resources</summary>",
		"<details><summary>Differences</summary>",
		"@@ aws:rds/instance:Instance database, replaced @@\n- engine: \"mysql\"\n+ engine: \"postgres\"\n- password: [secret]\n+ password: [secret] changed\n",
		"[job](https://gitlab.example.com/-/jobs/1) · commit 0123abcd",
	}
	last := 0
	for _, want := range order {
		at := strings.Index(text, want)
		if at < last {
			t.Errorf("%q is missing or out of order in\n%s", want, text)
		}
		last = max(last, at)
	}
	if strings.Contains(text, "hunter") {
		t.Errorf("a secret stands in\n%s", text)
	}
}

func TestNothingChanges(t *testing.T) {
	report := comment.Report{Plan: parse(t, "", step("same", "aws:sns/topic:Topic", "topic", "{}", "{}")), Cost: &cost.Change{Before: 57, After: 57}, Timing: &timing.Report{}}
	text := report.Text(10_000)
	contains(t, text, "### ✅ Preview", "Nothing changes; 1 resources stay as they are.", "| 57.00 USD | 57.00 USD | unchanged |", "no task is replaced")
	if strings.Contains(text, "<details>") {
		t.Errorf("nothing is folded away in\n%s", text)
	}
}

func TestWhatCannotBeComputedIsSaid(t *testing.T) {
	report := comment.Report{Plan: parse(t, "", step("same", "aws:sns/topic:Topic", "topic", "{}", "{}")), CostProblem: "no price rule for a|b\nor c", TimingProblem: "no service"}
	contains(t, report.Text(10_000), `| cost a month at rest | | | not computed: no price rule for a\|b; or c |`, "the time is not computed: no service")
}

func TestFailedPreview(t *testing.T) {
	report := comment.Report{Plan: parse(t, `, "diagnostics": [{"severity": "error", "message": "zones: 1 must be 2 to 4\n`+"```"+`"}]`), JobURL: "https://job"}
	text := report.Text(10_000)
	contains(t, text, "### ❌ Preview of `staging`", "**The preview failed.**", "> ````\n> zones: 1 must be 2 to 4\n> ```\n> ````\n", "[job](https://job)")
	if strings.Contains(text, "cost") {
		t.Errorf("a failed preview has a price in\n%s", text)
	}
}

func TestNoteIsNeverLongerThanGitLabTakes(t *testing.T) {
	const limit = 1_000_000
	var steps []string
	for i := range 1000 {
		var inputs []string
		for j := range 5 {
			inputs = append(inputs, fmt.Sprintf(`"p%d": %q`, j, strings.Repeat("ß", 500)))
		}
		steps = append(steps, step("update", "aws:sns/topic:Topic", fmt.Sprint("topic-", i), "{}", "{"+strings.Join(inputs, ",")+"}"))
	}
	steps = append(steps, step("delete", database, "database", "{}", "{}"))
	report := comment.Report{Plan: parse(t, "", steps...), JobURL: "https://job"}
	for _, limit := range []int{limit, 600_000, 60_000} {
		text := report.Text(limit)
		if length := utf8.RuneCountInString(text); length > limit {
			t.Errorf("%d characters, %d are taken", length, limit)
		}
		contains(t, text, "DATA IS LOST", "[job](https://job)")
		if opened, closed := strings.Count(text, "<details>"), strings.Count(text, "</details>"); opened != closed {
			t.Errorf("%d details are opened, %d closed", opened, closed)
		}
	}
	text := report.Text(limit)
	contains(t, text, "further resources differ: this note is full", "… (502 characters)")
	if strings.Count(text, "```")%2 != 0 {
		t.Error("a code block does not end")
	}
}

func TestDriftSaysWhatTheNextDeployDoes(t *testing.T) {
	drift := comment.Drift{
		Plan: parse(t, "",
			step("update", "aws:cloudwatch/logGroup:LogGroup", "app", `{"retentionInDays": 7}`, `{"retentionInDays": 30}`),
			step("replace", database, "database", "{}", "{}"),
		),
		At: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC), JobURL: "https://job",
	}
	contains(t, drift.Title(), "Drift of staging: 2 resources are not")
	contains(t, drift.Text(10_000), "| database | `aws:rds/instance:Instance` | database | **replace it**: lost is a database |", "| set it back |", "- retentionInDays: 7\n+ retentionInDays: 30\n", "2026-11-26 09:00 UTC", "[job](https://job)")
	if !drift.Found() {
		t.Error("no drift is found")
	}
	none := comment.Drift{Plan: parse(t, "", step("same", database, "database", "{}", "{}")), At: drift.At}
	if none.Found() {
		t.Error("drift is found where there is none")
	}
	contains(t, none.Over(), "staging is as the program says again, looked at on 2026-11-26 09:00 UTC.")
}
