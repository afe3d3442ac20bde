package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"soak/reports"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of soak, of Go and of the summary's schema",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.stdout, "soak %s %s %s/%s %s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, reports.Schema)
			return err
		},
	}
}
