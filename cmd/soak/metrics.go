package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"soak/qoe"
)

func metricsTopic() *cobra.Command {
	cmd := &cobra.Command{Use: "metrics", Short: "The metrics that thresholds can name"}
	cmd.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		if err := writeMetrics(cmd.OutOrStdout(), metricsWidth(cmd.OutOrStdout())); err != nil {
			cmd.PrintErrln("soak:", err)
		}
	})
	return cmd
}

// metricsWidth is that of the second column; where nobody sees it, a metric is a line,
// for grep.
func metricsWidth(out io.Writer) int {
	if _, ok := terminal(out); !ok {
		return math.MaxInt
	}
	longest := 0
	for _, n := range qoe.Names() {
		longest = max(longest, len(n.Name))
	}
	return helpWidth(out) - longest - gap
}

// gap is what keeps the two columns apart.
const gap = 2

// writeMetrics lists what thresholds can name, in columns, the second one so wide.
func writeMetrics(out io.Writer, width int) error {
	w := tabwriter.NewWriter(out, 0, 0, gap, ' ', 0)
	for _, n := range qoe.Names() {
		lines := filled(strings.Fields(n.Help), width)
		fmt.Fprintf(w, "%s\t%s\n", n.Name, strings.ReplaceAll(lines, "\n", "\n\t"))
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
