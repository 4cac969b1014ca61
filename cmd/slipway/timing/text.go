package timing

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Write prints a report as a table.
func (r *Report) Write(out io.Writer) error {
	fmt.Fprintf(out, "%s: a deploy of %d tasks\n\n", r.Stack, r.Tasks)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, step := range r.Steps {
		fmt.Fprintf(table, "%s\t%6.0f s\t%s\n", step.Name, step.Seconds, step.Why)
	}
	verdict := fmt.Sprintf("the least that the settings allow; target %d s", Target)
	if r.Over() {
		verdict += ", missed"
	}
	fmt.Fprintf(table, "in all\t%6.0f s\t%s\n", r.Settings, verdict)
	fmt.Fprintf(table, "typical\t%6.0f s\twith %d starts of tasks on Fargate of about %d s, the workers' while the app's old tasks end\n", r.Typical, r.Starts, FargateStart)
	fmt.Fprintf(table, "rollback\t%6.0f s\tafter which a version that never gets healthy is given up; old tasks serve meanwhile\n", r.Rollback)
	return table.Flush()
}
