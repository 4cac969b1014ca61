package pricing_test

import (
	"slices"
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/cmd/slipway/prices"
	"gitlab.com/slipway/slipway/cmd/slipway/pricing"
)

func list(t testing.TB) *pricing.List {
	t.Helper()
	list, err := pricing.ReadList(prices.USEast1)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestCommittedListIsValid(t *testing.T) {
	if got := list(t); got.Region != "us-east-1" || len(got.Prices) < 40 {
		t.Errorf("got %s with %d prices", got.Region, len(got.Prices))
	}
}

// Whoever adds a price without a source adds it here as well, and says so.
func TestUnverifiedPricesAreKnown(t *testing.T) {
	want := []string{
		"ec2.t4g.medium", "ec2.t4g.micro", "ec2.t4g.small",
		"rds.multi.db.m7g.2xlarge", "rds.multi.db.m7g.large", "rds.multi.db.m7g.xlarge", "rds.multi.db.t4g.large", "rds.multi.db.t4g.xlarge",
		"rds.single.db.m7g.2xlarge", "rds.single.db.m7g.large", "rds.single.db.m7g.xlarge", "rds.single.db.t4g.large", "rds.single.db.t4g.xlarge",
	}
	if got := list(t).Unverified(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestBadListIsRefused(t *testing.T) {
	good := "region: r\ncurrency: USD\ndate: 2026-11-23\nhours: 730\npages: {p: {name: P, url: https://aws.amazon.com/p/}}\n"
	price := func(fields string) string { return good + "prices: {a: {" + fields + "}}\n" }
	for name, test := range map[string]struct{ text, want string }{
		"not YAML":        {"[", "read price list: yaml: line 1: did not find expected node content"},
		"misspelled key":  {good + "price: {}\n", "read price list: yaml: unmarshal errors:\n  line 6: field price not found in type pricing.List"},
		"no hours":        {strings.Replace(good, "730", "0", 1), "price list of r: region, currency (USD) and hours are required"},
		"other currency":  {strings.Replace(good, "USD", "EUR", 1), "price list of r: region, currency (USD) and hours are required"},
		"no date":         {strings.Replace(good, "2026-11-23", "today", 1), `price list of r: date: "today" is not a date such as 2026-11-23`},
		"page by name":    {strings.Replace(good, "https://aws.amazon.com/p/", "the page", 1), `price list of r: pages.p: "the page" is not an https address`},
		"nameless page":   {strings.Replace(good, "name: P, ", "", 1), "price list of r: pages.p: has no name"},
		"no amount":       {price("unit: hour, page: p, seen: 2026-09-11, read: https://a.b/"), "price list of r: prices.a: usd above 0 and a unit are required"},
		"no unit":         {price("usd: 1, page: p, seen: 2026-09-11, read: https://a.b/"), "price list of r: prices.a: usd above 0 and a unit are required"},
		"unknown page":    {price("usd: 1, unit: hour, page: q, seen: 2026-09-11, read: https://a.b/"), `price list of r: prices.a: page "q" is not among pages`},
		"never seen":      {price("usd: 1, unit: hour, page: p, read: https://a.b/"), `price list of r: prices.a.seen: "" is not a date such as 2026-11-23`},
		"read nowhere":    {price("usd: 1, unit: hour, page: p, seen: 2026-09-11"), `price list of r: prices.a.read: "" is not an https address`},
		"no reason":       {good + "assumptions: {a: {value: 1, unit: GB}}\n", "price list of r: assumptions.a: a value from 0, a unit and a reason are required"},
		"less than none":  {good + "assumptions: {a: {value: -1, unit: GB, reason: none}}\n", "price list of r: assumptions.a: a value from 0, a unit and a reason are required"},
		"several at once": {price("usd: 1, unit: hour, page: q, verified: false") + "assumptions: {a: {value: 1, unit: GB}}\n", "price list of r: prices.a: page \"q\" is not among pages\nassumptions.a: a value from 0, a unit and a reason are required"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := pricing.ReadList([]byte(test.text)); err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
	if _, err := pricing.ReadList([]byte(price("usd: 1, unit: hour, page: p, verified: false"))); err != nil {
		t.Error(err)
	}
}
