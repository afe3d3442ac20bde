package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"soak/reports"
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
		a.showCommand(),
		&cobra.Command{
			Use:   "schema",
			Short: "Print the JSON Schema of scenario files, for editors",
			Args:  cobra.NoArgs,
			RunE:  func(*cobra.Command, []string) error { _, err := a.stdout.Write(scenarios.Schema()); return err },
		},
	)
	return cmd
}

// listScenarios lists them by group.
func (a *app) listScenarios() error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	about := map[string]string{}
	for _, g := range scenarios.Groups() {
		about[g.Name] = g.About
	}
	group := ""
	for _, e := range scenarios.List() {
		if e.Group != group {
			if group != "" {
				fmt.Fprintln(w)
			}
			group = e.Group
			fmt.Fprintf(w, "%s: %s\n", group, about[group])
		}
		fmt.Fprintf(w, "  %s\t%s\n", e.Name, e.Title)
	}
	return w.Flush()
}

func (a *app) showCommand() *cobra.Command {
	file := false
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Explain a built-in scenario, or print its file to start from",
		Long: `Show explains what a built-in scenario is for, what to look at and what is expected
of whom. NAME is a scenario's, or a hazard's number: H14.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.showScenarios(args[0], file) },
	}
	cmd.Flags().BoolVar(&file, "file", false, "print the scenario's file instead")
	return cmd
}

func (a *app) showScenarios(name string, file bool) error {
	found, err := scenarios.Find(name)
	if err != nil {
		return usage(err)
	}
	for i, name := range found {
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		if file {
			err = a.showFile(name)
		} else {
			err = a.explain(name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *app) showFile(name string) error {
	text, err := scenarios.Show(name)
	if err != nil {
		return usage(err)
	}
	_, err = a.stdout.Write(text)
	return err
}

func (a *app) explain(name string) error {
	s, err := scenarios.Builtin(name)
	if err != nil {
		return usage(err)
	}
	width, _ := terminal(a.stdout)
	return reports.Explain(a.stdout, s, width, colourful(a.stdout))
}
