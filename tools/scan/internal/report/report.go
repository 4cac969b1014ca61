// Package report judges what checkov found and says so.
package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"gitlab.com/slipway/slipway/tools/scan/internal/checkov"
	"gitlab.com/slipway/slipway/tools/scan/internal/plan"
	"gitlab.com/slipway/slipway/tools/scan/internal/scan"
	"gitlab.com/slipway/slipway/tools/scan/internal/skips"
)

// Verdict is what became of every check.
type Verdict struct {
	stacks []verdict
	skips  []skips.Skip
	used   []map[string]bool // The stacks that each skip was needed in.
}

type verdict struct {
	scan.Stack
	skipped []checkov.Finding
	failed  []checkov.Finding
}

// Judge compares what failed with the skips.
func Judge(stacks []scan.Stack, list []skips.Skip) *Verdict {
	v := &Verdict{skips: list, used: make([]map[string]bool, len(list))}
	for i := range v.used {
		v.used[i] = map[string]bool{}
	}
	for _, s := range stacks {
		judged := verdict{Stack: s}
		for _, f := range s.Result.Failed {
			i := slices.IndexFunc(list, func(skip skips.Skip) bool { return skip.Covers(f.Check, f.Address) && skip.Holds(s.Value) })
			if i < 0 {
				judged.failed = append(judged.failed, f)
				continue
			}
			v.used[i][s.Name] = true
			judged.skipped = append(judged.skipped, f)
		}
		v.stacks = append(v.stacks, judged)
	}
	return v
}

// Failed is the number of checks that failed without a skip.
func (v *Verdict) Failed() int {
	failed := 0
	for _, s := range v.stacks {
		failed += len(s.failed)
	}
	return failed
}

// Unused are the skips that nothing needs, of those that hold in a stack at all.
func (v *Verdict) Unused() []skips.Skip {
	var unused []skips.Skip
	for i, s := range v.skips {
		holds := slices.ContainsFunc(v.stacks, func(judged verdict) bool { return s.Holds(judged.Value) })
		if holds && len(v.used[i]) == 0 {
			unused = append(unused, s)
		}
	}
	return unused
}

// Err is nil when every check passed or was skipped, and every skip was needed.
func (v *Verdict) Err() error {
	failed, unused := v.Failed(), len(v.Unused())
	switch {
	case failed > 0 && unused > 0:
		return fmt.Errorf("%d checks failed and %d skips are not needed", failed, unused)
	case failed > 0:
		return fmt.Errorf("%d checks failed", failed)
	case unused > 0:
		return fmt.Errorf("%d skips are not needed", unused)
	}
	return nil
}

// Write prints the verdict: what was checked, what was skipped and why, what
// failed and where, and a line of numbers for each stack.
func (v *Verdict) Write(out io.Writer) error {
	w := &writer{out: out}
	v.writeTypes(w)
	v.writeSkipped(w)
	v.writeFailed(w)
	v.writeUnused(w)
	for _, s := range v.stacks {
		w.line("%s: %d checks passed, %d skipped with a reason, %d failed (%d kinds of checks, %d resources)",
			s.Name, len(s.Result.Passed), len(s.skipped), len(s.failed), kinds(s.Result), len(s.Plan.Resources))
	}
	return w.err
}

// kinds is the number of different checks.
func kinds(r *checkov.Result) int {
	seen := map[string]bool{}
	for _, f := range slices.Concat(r.Passed, r.Failed) {
		seen[f.Check] = true
	}
	return len(seen)
}

// row counts what was checked of one type.
type row struct{ resources, passed, skipped, failed int }

func (v *Verdict) writeTypes(w *writer) {
	rows := map[string]*row{}
	of := func(address string) *row {
		typ, _, _ := strings.Cut(address, ".")
		if rows[typ] == nil {
			rows[typ] = &row{}
		}
		return rows[typ]
	}
	for _, s := range v.stacks {
		for _, r := range s.Plan.Resources {
			of(r.Address).resources++
		}
		for _, f := range s.Result.Passed {
			of(f.Address).passed++
		}
		for _, f := range s.skipped {
			of(f.Address).skipped++
		}
		for _, f := range s.failed {
			of(f.Address).failed++
		}
	}
	w.table(func(t *writer) {
		t.line("Type\tresources\tpassed\tskipped\tfailed")
		for _, typ := range sortedKeys(rows) {
			r := rows[typ]
			t.line("%s\t%d\t%d\t%d\t%d", typ, r.resources, r.passed, r.skipped, r.failed)
		}
	})
	w.line("")
}

func (v *Verdict) writeSkipped(w *writer) {
	if !slices.ContainsFunc(v.used, func(stacks map[string]bool) bool { return len(stacks) > 0 }) {
		return
	}
	w.line("Skipped")
	w.table(func(t *writer) {
		for i, s := range v.skips {
			if len(v.used[i]) > 0 {
				t.line("  %s\t%s\t%s\t%s", s.Check, s.Resource, strings.Join(sortedKeys(v.used[i]), ", "), strings.Join(strings.Fields(s.Reason), " "))
			}
		}
	})
	w.line("")
}

func (v *Verdict) writeFailed(w *writer) {
	type failure struct {
		checkov.Finding
		resource *plan.Resource
	}
	byCheck := map[string][]failure{}
	for _, s := range v.stacks {
		for _, f := range s.failed {
			byCheck[f.Check] = append(byCheck[f.Check], failure{f, s.Plan.Find(f.Address)})
		}
	}
	for _, check := range sortedKeys(byCheck) {
		all := byCheck[check]
		slices.SortFunc(all, func(a, b failure) int { return cmp.Compare(a.Address, b.Address) })
		w.line("Failed: %s %s", check, all[0].Name)
		w.table(func(t *writer) {
			for _, f := range all {
				where, keys := "", ""
				if f.resource != nil {
					where = f.resource.Pulumi + " in " + f.resource.Component
				}
				if len(f.Keys) > 0 {
					keys = "look at " + strings.Join(f.Keys, ", ")
				}
				t.line("  %s\t%s\t%s", f.Address, where, keys)
			}
		})
		w.line("")
	}
	if len(byCheck) > 0 {
		w.line("Correct the component, or add the check and the resource to tools/scan/skips.yaml with the reason.\n")
	}
}

func (v *Verdict) writeUnused(w *writer) {
	unused := v.Unused()
	if len(unused) == 0 {
		return
	}
	w.line("Not needed: delete these entries from tools/scan/skips.yaml")
	for _, s := range unused {
		w.line("  %s", s)
	}
	w.line("")
}

// writer keeps the first error.
type writer struct {
	out io.Writer
	err error
}

func (w *writer) line(format string, args ...any) {
	if w.err == nil {
		_, w.err = fmt.Fprintf(w.out, format+"\n", args...)
	}
}

// table aligns the columns of what rows prints.
func (w *writer) table(rows func(*writer)) {
	t := tabwriter.NewWriter(w.out, 0, 0, 2, ' ', 0)
	inner := &writer{out: t}
	rows(inner)
	w.err = cmp.Or(w.err, inner.err, t.Flush())
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
