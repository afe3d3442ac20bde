package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"soak/fleet"
	"soak/scenarios"
	"soak/tune"
)

// app is what every subcommand is given of the world.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	fleet          func(context.Context, scenarios.Scenario, fleet.Options) (*fleet.Result, error)
	trials         func(context.Context, []tune.Trial, func(done float64)) (*tune.Confirmation, error)
}

// run runs one command line and prints its error, once, in one place.
func (a *app) run(ctx context.Context, args []string) int {
	started := false
	root := a.root()
	root.PersistentPreRun = func(*cobra.Command, []string) { started = true }
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	fold(root, helpWidth(a.stdout))
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return codePass
	}
	code := codeOf(err)
	if !started { // cobra's own complaint: unknown command or flag, wrong arguments
		code, err = codeUsage, seeHelp(cmd, err)
	}
	if text := err.Error(); text != "" {
		fmt.Fprintf(a.stderr, "soak: %s\n", text)
	}
	return code
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "soak",
		Short: "Will viewers notice when the tokens in a stream's URLs expire?",
		Long: `soak plays HLS and DASH streams that are protected by short-lived tokens in the
URL path, with thousands of headless viewers that behave like hls.js and dash.js,
and says whether they noticed.

  soak run             plays the lab, a stream and token API of its own
  soak run --virtual   computes the same in seconds
  soak run FILE        plays what a scenario file says`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(a.runCommand(), a.reportCommand(), a.compareCommand(), a.watchCommand(), a.inspectCommand(), a.tuneCommand(), a.auditCommand(), a.abrCommand(), a.labCommand(), a.scenariosCommand(),
		a.versionCommand(), metricsTopic(), exitCodesTopic())
	addCompletions(root)
	refuseUnknownTopics(root)
	return root
}

// version is the module's version as the build recorded it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// terminal tells whether w is one, and how wide.
func terminal(w io.Writer) (width int, ok bool) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0, false
	}
	return width, true
}

// colourful follows https://no-color.org and terminals that say they are dumb.
func colourful(w io.Writer) bool {
	_, ok := terminal(w)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// quoted is an argument as a shell takes it.
func quoted(arg string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,@%+", r)
	}
	if arg != "" && !strings.ContainsFunc(arg, func(r rune) bool { return !plain(r) }) {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}
