package reference

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gitlab.com/slipway/slipway/cmd/slipway/environment"
)

const runbookHead = `# Runbook

What each alarm means and what to do first, as the alarm itself says it. Those that page come first: users are hurt. ` + "`make status`" + ` names the alarms that are on; [operations](operations.md) has the commands.

This page is made by ` + "`make reference`" + ` from the alarms that the program registers for prod; ` + "`make test`" + ` fails when it is stale.
`

// said is how an alarm describes itself: severity, meaning, first step, condition.
var said = regexp.MustCompile(`^\[(page|ticket)\] (.*)\nFirst: (.*)\nWhen: (.*)`)

// Runbook is the page in Markdown of all alarms of a stack.
func Runbook(stack string) (string, error) {
	configuration, err := environment.Read(stack)
	if err != nil {
		return "", err
	}
	resources, err := environment.Registered(stack, configuration)
	if err != nil {
		return "", err
	}
	var sections []section
	for _, res := range resources {
		if res.Type != "aws:cloudwatch/metricAlarm:MetricAlarm" {
			continue
		}
		name := strings.TrimPrefix(res.Role, res.Component+"-")
		match := said.FindStringSubmatch(res.Inputs["alarmDescription"].StringValue())
		if match == nil {
			return "", fmt.Errorf("alarm %s does not say what it means and what to do first", name)
		}
		sections = append(sections, section{name: name, severity: match[1], meaning: match[2], first: match[3], when: match[4]})
	}
	slices.SortFunc(sections, func(a, b section) int {
		return cmp.Or(strings.Compare(a.severity, b.severity), strings.Compare(a.name, b.name))
	})
	var page strings.Builder
	page.WriteString(runbookHead)
	for _, s := range sections {
		fmt.Fprintf(&page, "\n## %s\n\n*%s.* %s\n\n- First: %s\n- It goes off when: %s\n", s.name, s.severity, s.meaning, s.first, s.when)
	}
	return page.String(), nil
}

type section struct{ name, severity, meaning, first, when string }
