package pricing

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	"gopkg.in/yaml.v3"
)

// List is AWS's list prices of one region at a date, and what an environment
// consumes at rest where AWS charges by use.
type List struct {
	Region   string
	Currency string
	Date     string
	// Hours are those of a month.
	Hours       float64
	Pages       map[string]Page
	Prices      map[string]Price
	Assumptions map[string]Assumption
}

// Page is an AWS pricing page.
type Page struct{ Name, URL string }

// Price is what AWS charges for one unit.
type Price struct {
	USD  float64
	Unit string
	// Free units of an account are not charged.
	Free float64
	// Page is the key of the AWS pricing page that the price belongs to.
	Page string
	// Seen is the day on which the price was last read, at Read.
	Seen, Read string
	// Verified is false for prices that were not read anywhere. Default: true.
	Verified *bool
}

// Assumption is a quantity that nothing registered tells.
type Assumption struct {
	Value        float64
	Unit, Reason string
}

// ReadList reads a price list and reports everything that is wrong with it.
func ReadList(text []byte) (*List, error) {
	list := &List{}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(list); err != nil {
		return nil, fmt.Errorf("read price list: %w", err)
	}
	if err := list.validate(); err != nil {
		return nil, fmt.Errorf("price list of %s: %w", list.Region, err)
	}
	return list, nil
}

// Unverified lists the prices that were not read anywhere, sorted.
func (l *List) Unverified() []string {
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(l.Prices)) {
		if !l.Prices[key].verified() {
			keys = append(keys, key)
		}
	}
	return keys
}

func (p Price) verified() bool { return p.Verified == nil || *p.Verified }

func (l *List) validate() error {
	var problems []error
	report := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if l.Region == "" || l.Currency != "USD" || l.Hours <= 0 {
		report("region, currency (USD) and hours are required")
	}
	date := func(what, value string) {
		if _, err := time.Parse(time.DateOnly, value); err != nil {
			report("%s: %q is not a date such as 2026-11-23", what, value)
		}
	}
	address := func(what, value string) {
		if parsed, err := url.Parse(value); err != nil || parsed.Scheme != "https" || parsed.Host == "" {
			report("%s: %q is not an https address", what, value)
		}
	}
	date("date", l.Date)
	for _, key := range slices.Sorted(maps.Keys(l.Pages)) {
		address("pages."+key, l.Pages[key].URL)
		if l.Pages[key].Name == "" {
			report("pages.%s: has no name", key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(l.Prices)) {
		price, what := l.Prices[key], "prices."+key
		if price.USD <= 0 || price.Unit == "" || price.Free < 0 {
			report("%s: usd above 0 and a unit are required", what)
		}
		if _, known := l.Pages[price.Page]; !known {
			report("%s: page %q is not among pages", what, price.Page)
		}
		if !price.verified() {
			continue
		}
		date(what+".seen", price.Seen)
		address(what+".read", price.Read)
	}
	for _, key := range slices.Sorted(maps.Keys(l.Assumptions)) {
		if a := l.Assumptions[key]; a.Value < 0 || a.Unit == "" || a.Reason == "" {
			report("assumptions.%s: a value from 0, a unit and a reason are required", key)
		}
	}
	return errors.Join(problems...)
}
