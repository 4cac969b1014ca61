package pricing

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
)

// Line is one charge of one resource.
type Line struct {
	Component string `json:"component"`
	// Item says what is charged, Resource for which resource.
	Item     string `json:"item"`
	Resource string `json:"resource"`
	// Price is the key of the price list.
	Price string `json:"price"`
	// Count is how many of the unit, Hours whether each of them runs all month.
	Count float64 `json:"count"`
	Hours bool    `json:"hours"`
	Unit  string  `json:"unit"`
	USD   float64 `json:"unitUsd"`
	// Monthly is rounded to cents, so that lines add up to the total.
	Monthly float64 `json:"monthlyUsd"`
	// Verified is false when the price was not read anywhere.
	Verified bool `json:"verified"`
}

// Estimate is what resources cost in a month.
type Estimate struct {
	Lines []Line  `json:"lines"`
	Total float64 `json:"totalUsd"`
}

// Estimate prices resources. The error names every resource that it can't price.
func (l *List) Estimate(resources []Resource) (*Estimate, error) {
	c := &calculation{list: l, resources: resources, taken: map[string]float64{}}
	problems := unpriced(resources)
	for _, res := range resources {
		rule, priced := rules[res.Type]
		if !priced {
			continue
		}
		c.current = res
		if err := rule(c, res); err != nil {
			problems = append(problems, err)
		}
	}
	c.storeLogs()
	if err := errors.Join(append(problems, c.problems...)...); err != nil {
		return nil, err
	}
	slices.SortStableFunc(c.lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(a.Component, b.Component), cmp.Compare(a.Item, b.Item), cmp.Compare(a.Resource, b.Resource))
	})
	estimate := &Estimate{Lines: c.lines}
	for _, line := range c.lines {
		estimate.Total += line.Monthly
	}
	estimate.Total = cents(estimate.Total)
	return estimate, nil
}

// unpriced reports the types that cost money for all we know and have no rule.
func unpriced(resources []Resource) []error {
	names := map[string][]string{}
	for _, res := range resources {
		if _, priced := rules[res.Type]; !priced && !isFree(res.Type) {
			names[res.Type] = append(names[res.Type], res.Name)
		}
	}
	var problems []error
	for _, token := range slices.Sorted(maps.Keys(names)) {
		problems = append(problems, fmt.Errorf("no price rule for %s (%s)", token, strings.Join(names[token], ", ")))
	}
	return problems
}

// calculation is what the rules fill in.
type calculation struct {
	list      *List
	resources []Resource
	current   Resource
	lines     []Line
	problems  []error
	// taken are the free units that are used up, by price.
	taken map[string]float64
	// logs is how many GB of logs are ingested in a month.
	logs float64
}

// hourly charges for count units that run all month.
func (c *calculation) hourly(item, key string, count float64) { c.charge(item, key, count, true) }

// monthly charges for count units once.
func (c *calculation) monthly(item, key string, count float64) { c.charge(item, key, count, false) }

func (c *calculation) charge(item, key string, count float64, hours bool) {
	price, known := c.list.Prices[key]
	if !known {
		c.problems = append(c.problems, fmt.Errorf("%s: no price for %s: add it to the price list of %s", c.current, key, c.list.Region))
		return
	}
	free := min(count, max(0, price.Free-c.taken[key]))
	c.taken[key] += free
	charged := (count - free) * price.USD
	if hours {
		charged *= c.list.Hours
	}
	c.lines = append(c.lines, Line{
		Component: c.current.Component, Item: item, Resource: c.current.Name, Price: key,
		Count: count, Hours: hours, Unit: price.Unit, USD: price.USD,
		Monthly: cents(charged), Verified: price.verified(),
	})
}

// assumed is the value of an assumption.
func (c *calculation) assumed(key string) float64 {
	assumption, known := c.list.Assumptions[key]
	if !known {
		c.problems = append(c.problems, fmt.Errorf("%s: no assumption %s: add it to the price list of %s", c.current, key, c.list.Region))
	}
	return assumption.Value
}

// ingest charges for logs, which storeLogs charges for again.
func (c *calculation) ingest(item, key string, gb float64) {
	c.monthly(item, key, gb)
	c.logs += gb
}

// storeLogs charges for what log groups hold, all for the longest retention.
func (c *calculation) storeLogs() {
	if c.logs == 0 {
		return
	}
	days := 0.0
	for _, group := range c.all("aws:cloudwatch/logGroup:LogGroup") {
		retention, err := group.number("retentionInDays", 0)
		if err != nil {
			c.problems = append(c.problems, err)
		}
		days = max(days, retention)
	}
	c.current = Resource{Component: "logs"}
	c.monthly(fmt.Sprintf("logs of %g days", days), "logs.stored.gb", c.logs*c.assumed("logs.compression")*days/30)
}

// all lists the resources of a type.
func (c *calculation) all(token string) []Resource {
	var found []Resource
	for _, res := range c.resources {
		if res.Type == token {
			found = append(found, res)
		}
	}
	return found
}

// refersTo finds what a property refers to: a resource of the type whose name is
// in the property's value, else, as long as that is not known, the one of the
// same name, of the same component, or the only one.
func (c *calculation) refersTo(r Resource, path, token string) (Resource, error) {
	candidates := slices.DeleteFunc(c.all(token), func(candidate Resource) bool { return candidate.Type == r.Type && candidate.Name == r.Name })
	if value, there := r.lookup(path); there {
		reference := fmt.Sprint(value)
		var named []Resource
		for _, candidate := range candidates {
			if mentions(reference, candidate.Name) {
				named = append(named, candidate)
			}
		}
		if len(named) == 1 {
			return named[0], nil
		}
	}
	for _, same := range []func(Resource) bool{
		func(candidate Resource) bool { return candidate.Name == r.Name },
		func(candidate Resource) bool { return candidate.Component == r.Component },
		func(Resource) bool { return true },
	} {
		var found []Resource
		for _, candidate := range candidates {
			if same(candidate) {
				found = append(found, candidate)
			}
		}
		if len(found) == 1 {
			return found[0], nil
		}
	}
	return Resource{}, fmt.Errorf("%s: which %s its %s means is not known", r, token, path)
}

// pulumiSuffix is what Pulumi appends to a name to make it unique.
var pulumiSuffix = regexp.MustCompile(`^[0-9a-f]{7}$`)

// mentions reports whether an ARN or ID is about a resource of this name: the
// name, or the name and what Pulumi appends, between the separators of an ARN.
func mentions(reference, name string) bool {
	for field := range strings.FieldsFuncSeq(reference, func(r rune) bool { return strings.ContainsRune(":/ []", r) }) {
		if field == name || field == name+"_id" {
			return true
		}
		if suffix, is := strings.CutPrefix(field, name+"-"); is && pulumiSuffix.MatchString(suffix) {
			return true
		}
	}
	return false
}

func cents(usd float64) float64 { return math.Round(usd*100) / 100 }
