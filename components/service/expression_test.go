package service_test

import (
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/components/service"
)

func TestExpressionsThatEventBridgeTakes(t *testing.T) {
	for _, expression := range []string{
		"rate(1 minute)", "rate(1 hour)", "rate(5 minutes)", "rate(12 hours)", "rate(30 days)",
		"cron(0 3 * * ? *)", "cron(15 10 ? * 6L 2026-2030)", "cron(0/15 8-18 ? * MON-FRI *)", "cron(*/5 * * * ? *)",
		"cron(0 20-2 ? * SUN,WED *)", "cron(0 0 L * ? *)", "cron(0 0 3W * ? *)", "cron(0 0 1,15 JAN-MAR ? 2199)", "cron(0  6 ?  * 3#2 *)",
		"cron(0 0 ? * L *)",
	} {
		if err := service.ValidExpression(expression); err != nil {
			t.Errorf("%s: %v", expression, err)
		}
	}
}

func TestExpressionsThatEventBridgeRefuses(t *testing.T) {
	for expression, want := range map[string]string{
		"":                                       `"" must be "rate(1 hour)" or "cron(0 3 * * ? *)", or alike`,
		"@daily":                                 "must be",
		"at(2030-01-01T00:00:00)":                "must be",
		"cron(0 3 * * ? *":                       "must be",
		"rate(0 minutes)":                        "a number and minutes, hours or days",
		"rate(1 minutes)":                        "a number and minutes, hours or days",
		"rate(5 minute)":                         "a number and minutes, hours or days",
		"rate(2 weeks)":                          "a number and minutes, hours or days",
		"rate(5 minutes":                         "a number and minutes, hours or days",
		"cron(0 3 * * *)":                        "has 5 fields, it must have 6",
		"cron(0 3 * * * *)":                      "one of the two days, of the month and of the week, must be ?",
		"cron(0 3 ? * ? *)":                      "one of the two days, of the month and of the week, must be ?",
		"cron(60 3 * * ? *)":                     `"cron(60 3 * * ? *)": minutes "60" must be 0 to 59, with the wildcards , - * /`,
		"cron(0 24 * * ? *)":                     `hours "24"`,
		"cron(0 3 0 * ? *)":                      `day of the month "0" must be 1 to 31, with the wildcards , - * ? / L W`,
		"cron(0 3 LW * ? *)":                     `day of the month "LW"`,
		"cron(0 3 3L * ? *)":                     `day of the month "3L"`,
		"cron(0 3 * 13 ? *)":                     `month "13" must be 1 to 12 or JAN to DEC`,
		"cron(0 3 * MON ? *)":                    `month "MON"`,
		"cron(0 3 ? * 0 *)":                      `day of the week "0" must be 1 to 7 or SUN to SAT, with the wildcards , - * ? L #`,
		"cron(0 3 ? * 1/2 *)":                    `day of the week "1/2"`,
		"cron(0 3 ? * 3#6 *)":                    `day of the week "3#6"`,
		"cron(0 3 ? * 3#1,4#1 *)":                `day of the week "3#1,4#1"`,
		"cron(0 3 * * ? 1969)":                   `year "1969" must be 1970 to 2199`,
		"cron(0/0 3 * * ? *)":                    `minutes "0/0"`,
		"cron(0/x 3 * * ? *)":                    `minutes "0/x"`,
		"cron(5- 3 * * ? *)":                     `minutes "5-"`,
		"cron(-5 3 * * ? *)":                     `minutes "-5"`,
		"cron(? 3 * * ? *)":                      `minutes "?"`,
		"cron(a b * * ? *)":                      `minutes "a" must be 0 to 59, with the wildcards , - * /; hours "b"`,
		"cron(" + strings.Repeat("0", 300) + ")": "is longer than 256 characters",
	} {
		if err := service.ValidExpression(expression); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", expression, err, want)
		}
	}
}

func TestTimezones(t *testing.T) {
	for name, want := range map[string]bool{
		"UTC": true, "Europe/Zurich": true, "America/Argentina/Buenos_Aires": true,
		"": false, "Local": false, "CEST+2": false, "Europe/Nowhere": false, "../etc/passwd": false,
	} {
		if err := service.ValidTimezone(name); (err == nil) != want {
			t.Errorf("%q: got %v", name, err)
		}
	}
}

// FuzzExpression looks for an expression that crashes the check or that passes
// without its form.
func FuzzExpression(f *testing.F) {
	for _, seed := range []string{"rate(5 minutes)", "cron(0/15 8-18 ? * MON-FRI *)", "cron(15 10 ? * 6L 2026-2030)", "cron(0 0 3W * ? *)", "at(x)", "cron()"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		if service.ValidExpression(expression) != nil {
			return
		}
		if !strings.HasSuffix(expression, ")") || !strings.HasPrefix(expression, "rate(") && !strings.HasPrefix(expression, "cron(") {
			t.Errorf("passed: %q", expression)
		}
	})
}
