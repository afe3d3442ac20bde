package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"soak/qoe"
)

func metricsTopic() *cobra.Command {
	cmd := &cobra.Command{Use: "metrics", Short: "The metrics that thresholds can name"}
	cmd.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		if err := writeMetrics(cmd.OutOrStdout()); err != nil {
			cmd.PrintErrln("soak:", err)
		}
	})
	return cmd
}

// writeMetrics lists what thresholds can name, in columns.
func writeMetrics(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, n := range qoe.Names() {
		fmt.Fprintf(w, "%s\t%s\n", n.Name, n.Help)
	}
	fmt.Fprint(w, "\nOther names:\n")
	for _, a := range qoe.Aliases() {
		fmt.Fprintf(w, "%s\t%s\n", a.Name, a.For)
	}
	fmt.Fprint(w, "\nParts, as in refused{kind=\"segment\"}:\n")
	for _, n := range qoe.Names() {
		labels, values := qoe.LabelsOf(n.Name)
		for i, label := range labels {
			fmt.Fprintf(w, "%s{%s}\t%s\n", n.Name, label, strings.Join(values[i], ", "))
		}
	}
	fmt.Fprintf(w, "\nPercentiles, as in p(startup_seconds, 90), are there of:\n%s\n", strings.Join(qoe.Distributions(), ", "))
	return w.Flush()
}
