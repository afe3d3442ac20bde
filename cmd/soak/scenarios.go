package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"soak/scenarios"
)

func (a *app) scenariosCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "scenarios",
		Short: "List and show the built-in scenarios",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return a.listScenarios() },
	}
	cmd.AddCommand(
		&cobra.Command{
			Use:   "list",
			Short: "List the built-in scenarios",
			Args:  cobra.NoArgs,
			RunE:  func(*cobra.Command, []string) error { return a.listScenarios() },
		},
		&cobra.Command{
			Use:   "show NAME",
			Short: "Print the file of a built-in scenario: a start for one's own",
			Args:  cobra.ExactArgs(1),
			RunE:  func(_ *cobra.Command, args []string) error { return a.showScenario(args[0]) },
		},
		&cobra.Command{
			Use:   "schema",
			Short: "Print the JSON Schema of scenario files, for editors",
			Args:  cobra.NoArgs,
			RunE:  func(*cobra.Command, []string) error { _, err := a.stdout.Write(scenarios.Schema()); return err },
		},
	)
	return cmd
}

func (a *app) listScenarios() error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, e := range scenarios.List() {
		fmt.Fprintf(w, "%s\t%s\n", e.Name, e.Title)
	}
	return w.Flush()
}

func (a *app) showScenario(name string) error {
	text, err := scenarios.Show(name)
	if err != nil {
		return usage(err)
	}
	_, err = a.stdout.Write(text)
	return err
}
