package cost

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"text/tabwriter"

	"gitlab.com/slipway/slipway/cmd/slipway/pricing"
)

// Write prints a report as tables. Lines that cost nothing at rest are left out.
func (r *Report) Write(out io.Writer) error {
	fmt.Fprintf(out, "%s: %s list prices of %s in %s for a month of %g hours, at rest\n\n", r.Stack, r.Region, r.Date, r.Currency, r.Hours)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(table, "COMPONENT", "ITEM", "QUANTITY", "UNIT PRICE", r.Currency+"/MONTH")
	unverified, last := false, ""
	for _, line := range sums(r.Lines) {
		component := line.Component
		if component == last {
			component = ""
		}
		last = line.Component
		mark := ""
		if !line.Verified {
			mark, unverified = " *", true
		}
		row(table, component, line.Item, quantity(line.Count, line.Hours, r.Hours)+" "+line.Unit, number(line.USD)+mark, amount(line.Monthly))
	}
	row(table, "total", "", "", "", amount(r.Total))
	if r.Target != nil {
		verdict := "met"
		if r.Over() {
			verdict = "missed by " + amount(r.Total-*r.Target)
		}
		row(table, "target", verdict, "", "", amount(*r.Target))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if unverified {
		fmt.Fprintln(out, "* this price was not verified: see the price list")
	}
	return r.writeOptions(out)
}

func (r *Report) writeOptions(out io.Writer) error {
	if len(r.Options) == 0 {
		return nil
	}
	fmt.Fprintf(out, "\nwhat each option adds to %s\n\n", r.Stack)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, option := range r.Options {
		if option.Refused != "" {
			continue
		}
		fmt.Fprintf(table, "  %s\t%10s\n", option.Name(), fmt.Sprintf("%+.2f", option.Adds))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, option := range r.Options {
		if option.Refused != "" {
			fmt.Fprintf(out, "  %s is refused: %s\n", option.Name(), option.Refused)
		}
	}
	return nil
}

// sums adds up the lines of one component that say the same, and leaves out
// what costs nothing.
func sums(lines []pricing.Line) []pricing.Line {
	var sums []pricing.Line
	for _, line := range lines {
		same := slices.IndexFunc(sums, func(sum pricing.Line) bool {
			return sum.Component == line.Component && sum.Item == line.Item && sum.Price == line.Price
		})
		if same < 0 {
			sums = append(sums, line)
			continue
		}
		sums[same].Count += line.Count
		sums[same].Monthly += line.Monthly
	}
	return slices.DeleteFunc(sums, func(sum pricing.Line) bool { return sum.Monthly == 0 })
}

// row aligns the amount to the right, which tabwriter can't for one column.
func row(table io.Writer, component, item, quantity, price, amount string) {
	fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%12s\n", component, item, quantity, price, amount)
}

func quantity(count float64, hourly bool, hours float64) string {
	if !hourly {
		return number(count)
	}
	return number(count) + " x " + number(hours)
}

// number has six digits at most, and no exponent.
func number(value float64) string {
	short, err := strconv.ParseFloat(strconv.FormatFloat(value, 'g', 6, 64), 64)
	if err != nil {
		short = value
	}
	return strconv.FormatFloat(short, 'f', -1, 64)
}

func amount(usd float64) string { return fmt.Sprintf("%.2f", usd) }
