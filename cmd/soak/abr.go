package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"soak/abr"
	"soak/netem"
	"soak/player"
)

// abrFlags are the flags of soak abr.
type abrFlags struct {
	trace, player string
	latency       time.Duration
	json          bool
	set           texts
}

func (a *app) abrCommand() *cobra.Command {
	flags := abrFlags{set: texts{kind: "OPTION=VALUE"}}
	cmd := &cobra.Command{
		Use:   "abr TABLE",
		Short: "Show a player's decisions for segment sizes over a trace",
		Long: `Abr plays a video that is described by nothing but the sizes of its segments over
a trace of bandwidth, and prints which rung the player chose for every segment,
what was buffered, how long the download took and how long the picture stood.

There is no TCP in it, no manifest to wait for and no token: every segment costs one
latency and then its bits at the rate of the trace, which starts over at its end.
The players are the ones that soak run plays.

TABLE is JSON as sabre and other simulators of ABR research have it: bit rates,
segment durations, and sizes in bits by segment and rung. --trace reads sabre's
network.json, lines of seconds and Mbit/s, and soak's own form. docs/abr.md has the
formats and how to read the output.`,
		Example: `  soak abr movie.json --trace 3g.json
  soak abr movie.json --trace 3g.json --player 'dashjs 4.7' --json
  soak abr movie.json --trace 3g.json --set maxBufferLength=10 --set maxMaxBufferLength=20
  soak abr movie.json --trace 3g.json --player dashjs \
    --set streaming.buffer.bufferTimeDefault=12`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.abr(cmd.Context(), flags, args[0], cmd.Flags().Changed("latency"))
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&flags.trace, "trace", "", "`FILE` with the bandwidth over time")
	f.StringVar(&flags.player, "player", player.HLSJS, "`NAME` of the player: hlsjs, \"dashjs 4.7\"")
	f.DurationVar(&flags.latency, "latency", 0, "latency of every request, in place of the trace's (80ms where that tells none)")
	f.Var(&flags.set, "set", "set an option of the player by its own name; may be repeated")
	f.BoolVar(&flags.json, "json", false, "print everything as JSON, schema "+abr.Schema)
	return cmd
}

// abr plays one table and prints what came of it. How the play ended is a result,
// not a failure of the command.
func (a *app) abr(ctx context.Context, flags abrFlags, table string, latency bool) error {
	cfg, err := flags.config(table, latency)
	if err != nil {
		return usage(err)
	}
	r, err := abr.Play(ctx, cfg)
	switch {
	case ctx.Err() != nil:
		return &failure{codeInterrupted, errors.New("abr: interrupted")}
	case err != nil:
		return usage(fmt.Errorf("abr: %w", err))
	}
	if flags.json {
		e := json.NewEncoder(a.stdout)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(r)
	}
	return abr.Text(a.stdout, r)
}

// config reads what the command line names.
func (f abrFlags) config(table string, latency bool) (abr.Config, error) {
	if f.trace == "" {
		return abr.Config{}, errors.New("--trace FILE is missing: the bandwidth over time")
	}
	var cfg abr.Config
	var err error
	if cfg.Player, err = playerOf(f.player, f.set.values); err != nil {
		return cfg, err
	}
	if cfg.Table, err = abr.Load(table); err != nil {
		return cfg, err
	}
	if cfg.Trace, err = netem.LoadTrace(f.trace); err != nil {
		return cfg, err
	}
	if latency {
		cfg.Trace.RTT = f.latency
	}
	if err := cfg.Trace.Validate(); err != nil {
		return cfg, fmt.Errorf("--latency: %w", err)
	}
	return cfg, nil
}

// playerOf is the player that words name, with options set.
func playerOf(words string, options []string) (player.Config, error) {
	cfg := player.Config{}
	name := strings.Fields(words)
	if len(name) == 0 || len(name) > 2 {
		return cfg, fmt.Errorf("--player %q: write hlsjs, dashjs, or a profile and its version: \"dashjs 4.7\"", words)
	}
	cfg.Profile = name[0]
	if len(name) == 2 {
		cfg.Version = name[1]
	}
	for _, o := range options {
		option, value, ok := strings.Cut(o, "=")
		if !ok {
			return cfg, fmt.Errorf("--set %s: write OPTION=VALUE, as in --set maxBufferLength=10", o)
		}
		if err := setOption(&cfg, option, value); err != nil {
			return cfg, fmt.Errorf("--set %s: %w", option, err)
		}
	}
	return cfg, nil
}
