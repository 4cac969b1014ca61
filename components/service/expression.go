package service

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	// Time zones are checked on machines without a time zone database too.
	_ "time/tzdata"
)

// maxTimezone is how long a time zone's name may be, maxExpression an expression:
// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
const maxTimezone, maxExpression = 50, 256

var ratePattern = regexp.MustCompile(`^rate\(([1-9][0-9]*) (minute|hour|day)(s?)\)$`)

// cronFields are the six fields of an expression with the wildcards that each
// takes besides "," "-" and "*":
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
var cronFields = []cronField{
	{name: "minutes", least: 0, most: 59, wildcards: "/"},
	{name: "hours", least: 0, most: 23, wildcards: "/"},
	{name: "day of the month", least: 1, most: 31, wildcards: "?/LW"},
	{name: "month", least: 1, most: 12, wildcards: "/", names: strings.Fields("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")},
	{name: "day of the week", least: 1, most: 7, wildcards: "?L#", names: strings.Fields("SUN MON TUE WED THU FRI SAT")},
	{name: "year", least: 1970, most: 2199, wildcards: "/"},
}

const dayOfMonth, dayOfWeek = 2, 4

type cronField struct {
	name        string
	least, most int
	wildcards   string
	// names stand for the numbers from least on.
	names []string
}

// ValidExpression reports whether EventBridge Scheduler takes an expression that
// repeats. It refuses "at(...)": what is to run once is a one-off command.
func ValidExpression(expression string) error {
	if len(expression) > maxExpression {
		return fmt.Errorf("is longer than %d characters", maxExpression)
	}
	fields, isCron := strings.CutPrefix(expression, "cron(")
	fields, closed := strings.CutSuffix(fields, ")")
	switch {
	case isCron && closed:
		return validCron(expression, strings.Fields(fields))
	case strings.HasPrefix(expression, "rate("):
		return validRate(expression)
	default:
		return fmt.Errorf(`%q must be "rate(1 hour)" or "cron(0 3 * * ? *)", or alike`, expression)
	}
}

// ValidTimezone reports whether name is in the IANA time zone database.
func ValidTimezone(name string) error {
	if _, err := time.LoadLocation(name); err != nil || name == "Local" || name == "" || len(name) > maxTimezone {
		return fmt.Errorf("%q is not an IANA time zone such as Europe/Zurich", name)
	}
	return nil
}

func validRate(expression string) error {
	parts := ratePattern.FindStringSubmatch(expression)
	if parts == nil || (parts[1] == "1") == (parts[3] == "s") {
		return fmt.Errorf("%q must be a number and minutes, hours or days, such as rate(5 minutes) or rate(1 day)", expression)
	}
	return nil
}

func validCron(expression string, fields []string) error {
	if len(fields) != len(cronFields) {
		return fmt.Errorf("%q has %d fields, it must have 6: minutes, hours, day of the month, month, day of the week, year", expression, len(fields))
	}
	var problems []error
	for i, field := range cronFields {
		if !field.takes(fields[i]) {
			problems = append(problems, fmt.Errorf("%s %q must be %s", field.name, fields[i], field.offer()))
		}
	}
	if (fields[dayOfMonth] == "?") == (fields[dayOfWeek] == "?") {
		problems = append(problems, errors.New("one of the two days, of the month and of the week, must be ?"))
	}
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("%q: %s", expression, strings.ReplaceAll(errors.Join(problems...).Error(), "\n", "; "))
}

func (f cronField) offer() string {
	text := fmt.Sprintf("%d to %d", f.least, f.most)
	if len(f.names) > 0 {
		text += fmt.Sprintf(" or %s to %s", f.names[0], f.names[len(f.names)-1])
	}
	return text + ", with the wildcards , - * " + strings.Join(strings.Split(f.wildcards, ""), " ")
}

func (f cronField) takes(text string) bool {
	if text == "?" {
		return f.has("?")
	}
	items := strings.Split(text, ",")
	// "If you use a '#' character, you can define only one expression."
	if strings.Contains(text, "#") && len(items) > 1 {
		return false
	}
	return !slices.ContainsFunc(items, func(item string) bool { return !f.takesItem(item) })
}

func (f cronField) takesItem(item string) bool {
	if base, step, stepped := strings.Cut(item, "/"); stepped {
		number, err := strconv.Atoi(step)
		return f.has("/") && err == nil && number >= 1 && number <= f.most && (base == "*" || f.takesRange(base))
	}
	if day, nth, found := strings.Cut(item, "#"); found {
		number, err := strconv.Atoi(nth)
		return f.has("#") && f.takesValue(day) && err == nil && number >= 1 && number <= 5
	}
	if day, found := strings.CutSuffix(item, "W"); found && f.has("W") {
		return f.takesValue(day)
	}
	if day, found := strings.CutSuffix(item, "L"); found && f.has("L") {
		// "L" alone is the last day; a day of the week with it is its last one in the month.
		return day == "" || f.has("#") && f.takesValue(day)
	}
	return item == "*" || f.takesRange(item)
}

// takesRange takes one value or two; a range may go past the end, such as 20-2.
func (f cronField) takesRange(text string) bool {
	first, last, isRange := strings.Cut(text, "-")
	return f.takesValue(first) && (!isRange || f.takesValue(last))
}

func (f cronField) takesValue(text string) bool {
	if slices.Contains(f.names, text) {
		return true
	}
	number, err := strconv.ParseUint(text, 10, 16)
	return err == nil && int(number) >= f.least && int(number) <= f.most
}

func (f cronField) has(wildcard string) bool { return strings.Contains(f.wildcards, wildcard) }
