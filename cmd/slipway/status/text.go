package status

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Write prints the report as people read it.
func (r *Report) Write(out io.Writer, now time.Time) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(table, "%s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	row("stack", "%s  %s", r.Stack, r.URL)
	row("version", "%s", r.Serving)
	for _, service := range r.Services {
		since := "never"
		if !service.Since.IsZero() {
			since = now.Sub(service.Since).Truncate(time.Second).String() + " ago"
		}
		row("service", "%s: %d of %d tasks run, %d pending; last rollout %s, %s", service.Name, service.Running, service.Desired, service.Pending, since, strings.ToLower(cmp.Or(service.Rollout, "unknown")))
	}
	var targets []string
	for _, state := range slices.Sorted(maps.Keys(r.Targets)) {
		targets = append(targets, fmt.Sprintf("%d %s", r.Targets[state], state))
	}
	row("targets", "%s", cmp.Or(strings.Join(targets, ", "), "none"))
	row("database", "%s", cmp.Or(r.Database, "unknown"))
	row("alarms", "%d of %d on", len(r.Alarms), r.Watched)
	if r.Monthly > 0 {
		row("cost", "%.0f USD a month at rest", r.Monthly)
	}
	row("lock", "%s", cmp.Or(r.Lock, "free"))
	if err := table.Flush(); err != nil {
		return err
	}
	if len(r.Wrong) == 0 {
		_, err := fmt.Fprintln(out, "\nall is well")
		return err
	}
	_, err := fmt.Fprintf(out, "\nneeds a look:\n  %s\n", strings.Join(r.Wrong, "\n  "))
	return err
}
