package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"soak/fleet"
	"soak/scenarios"
)

// watchFlags are the flags of soak watch that are no keys of a scenario.
type watchFlags struct {
	scenario string
	cohort   string
	virtual  bool
	har      string
}

func (a *app) watchCommand() *cobra.Command {
	var flags watchFlags
	cmd := &cobra.Command{
		Use:   "watch [URL|FILE]",
		Short: "Watch one viewer closely: every request, refresh and decision",
		Long: `Watch plays one viewer and prints a line for whatever happens as it ends: each
request with its status, size, time to the first byte, time in all, and the life
that its token had left; calls of the token API; the renditions that the player
goes over to; stalls. On a terminal a last line tells how the viewer stands.

URL is a multivariant playlist, or an MPD, which dash.js plays; without --token-api
or --sign it is played as it stands, token and all. FILE is a scenario. Without
either it is the first kind of viewer of the embedded lab. Each flag with a [key]
sets that one key, as with soak run.

Nothing is judged: the exit code is 0, or 105 after Ctrl-C, and 3 when the target
cannot be reached.`,
		Example: `  soak watch --duration 30s
  soak watch --virtual --lead 0s --token-latency 2s --har late.har
  soak watch --scenario h14-baked-token-mpd --cohort dashjs --virtual
  soak watch https://edge.example/cmaf/1_live/t/1/master.m3u8 \
    --token-api 'https://api.example/token?video=live&type={type}&expire={expire}'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.watch(cmd, flags, args) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&flags.scenario, "scenario", "", "`NAME` of a built-in scenario: \"soak scenarios list\"")
	f.StringVar(&flags.cohort, "cohort", "", "kind of viewer to watch, by its `NAME` or a part of it; the first when not given")
	f.BoolVar(&flags.virtual, "virtual", false, "compute the viewer over a modelled link instead of waiting for it")
	f.StringVar(&flags.har, "har", "", "`FILE` for all requests as an HTTP Archive, which browsers' developer tools open; tokens in it are hashes")
	addOverrides(cmd, "duration", "ttl", "lead", "token-latency", "token-failures", "url", "token-api", "sign", "player", "policy", "link", "transport", "source", "seed")
	return cmd
}

func (a *app) watch(cmd *cobra.Command, flags watchFlags, args []string) error {
	s, err := a.watched(cmd, flags, args)
	if err != nil {
		return err
	}
	if err := checkOut("har", flags.har); err != nil {
		return usage(err)
	}
	screen := newScreen(a.stdout, flags.har != "")
	screen.line(watchTitle(s))
	result, err := a.fleet(cmd.Context(), s, fleet.Options{Virtual: flags.virtual, Observer: screen.observer()})
	if err != nil {
		if cmd.Context().Err() != nil {
			return &failure{code: codeInterrupted}
		}
		return fmt.Errorf("watch: %w", err)
	}
	screen.done()
	if flags.har != "" {
		screen.har.Soak, screen.har.Title = version(), watchTitle(s)
		if err := writeOut("har", flags.har, screen.har.Write); err != nil {
			return err
		}
		fmt.Fprintf(a.stderr, "requests in %s\n", flags.har)
	}
	if screen.err != nil {
		return fmt.Errorf("standard output: %w", screen.err)
	}
	if result.Interrupted {
		return &failure{code: codeInterrupted}
	}
	return nil
}

// watched is the scenario with one viewer in it.
func (a *app) watched(cmd *cobra.Command, flags watchFlags, args []string) (scenarios.Scenario, error) {
	var files []string
	if len(args) == 1 {
		if strings.Contains(args[0], "://") {
			if err := watchURL(cmd, flags, args[0]); err != nil {
				return scenarios.Scenario{}, usage(err)
			}
		} else {
			files = args
		}
	}
	if flags.scenario != "" && files != nil {
		return scenarios.Scenario{}, usage(errors.New("name a file or --scenario, not both"))
	}
	jobs, err := a.named(flags.scenario, files)
	if err != nil {
		return scenarios.Scenario{}, err
	}
	s := jobs[0].scenario
	if err := applyOverrides(cmd, &s); err != nil {
		return scenarios.Scenario{}, usage(err)
	}
	if s, err = onlyOne(s, flags.cohort); err == nil {
		err = s.Validate()
	}
	if err != nil {
		return scenarios.Scenario{}, usage(err)
	}
	return s, nil
}

// watchURL is as if the URL had been given by --url. A stream out there is played by
// the player that its manifest is for, over the link that this machine has.
func watchURL(cmd *cobra.Command, flags watchFlags, address string) error {
	set := cmd.Flags()
	if set.Changed("url") {
		return errors.New("name the URL once: as an argument or by --url")
	}
	if err := set.Set("url", address); err != nil {
		return err
	}
	if !set.Changed("token-api") && !set.Changed("sign") {
		if err := set.Set("set", "target.fixed=true"); err != nil {
			return err
		}
	}
	if flags.scenario != "" {
		return nil
	}
	if u, err := url.Parse(address); err == nil && strings.HasSuffix(u.Path, ".mpd") && !set.Changed("player") {
		if err := set.Set("player", "dashjs"); err != nil {
			return err
		}
	}
	if !set.Changed("link") {
		return set.Set("link", "lan")
	}
	return nil
}

// onlyOne leaves one viewer of one kind, who comes at once and is not judged.
func onlyOne(s scenarios.Scenario, name string) (scenarios.Scenario, error) {
	i, err := cohortOf(s.Viewers.Mix, name)
	if err != nil {
		return s, err
	}
	c := s.Viewers.Mix[i]
	if c.Leech != nil {
		return s, fmt.Errorf("viewers of kind %s play links copied from others, who are not there when one viewer is watched; choose another by --cohort", c.Name)
	}
	s.Viewers = scenarios.Viewers{Count: 1, Mix: []scenarios.Cohort{c}}
	s.Arrival = scenarios.Arrival{Kind: scenarios.Once}
	s.Thresholds, s.Expect = nil, nil
	return s, nil
}

// cohortOf finds a kind of viewer by its name or the only one whose name holds it.
func cohortOf(mix []scenarios.Cohort, name string) (int, error) {
	if name == "" {
		return 0, nil
	}
	var names []string
	var found []int
	for i := range mix {
		names = append(names, mix[i].Name)
		if mix[i].Name == name {
			return i, nil
		}
		if strings.Contains(mix[i].Name, name) {
			found = append(found, i)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return 0, fmt.Errorf("--cohort %s: no kind of viewer is called so; there are %s", name, strings.Join(names, ", "))
	}
	return 0, fmt.Errorf("--cohort %s: %d kinds of viewer are called so; there are %s", name, len(found), strings.Join(names, ", "))
}

// watchTitle says who is watched.
func watchTitle(s scenarios.Scenario) string {
	c := &s.Viewers.Mix[0]
	t := s.TokenOf(c)
	tokens := fmt.Sprintf("tokens of %v, renewed %v before by %s", t.TTL, t.Lead, c.Policy.Name)
	if s.Target.Fixed {
		tokens = "the link as it stands"
	}
	return fmt.Sprintf("%s: %s, %s; %s; %v", s.Name, c.Player.Label(), c.Link.Name, tokens, s.Duration.Round(time.Second))
}
