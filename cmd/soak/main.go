// Command soak plays a token-protected stream with thousands of headless viewers
// and says whether they noticed. See "soak help".
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"soak/fleet"
	"soak/tune"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the first Ctrl-C ends the run, the second kills
	tradeMemory()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program: it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, fleet: fleet.Run, trials: tune.Confirm}
	return a.run(ctx, args)
}
