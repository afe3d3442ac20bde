package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"soak/scenarios"
	"soak/tune"
)

// questions are the flags that make a question of a scenario.
var questions = []struct {
	flag, value, help string
	set               func(c *tune.Config, text string) error
}{
	{"viewers", "N", "how many viewers peaks are told for; the scenario's otherwise", func(c *tune.Config, s string) (err error) {
		c.Viewers, err = strconv.Atoi(s)
		return err
	}},
	{"join", "TIME", "how long they take to come", seconds(func(c *tune.Config) *tune.Seconds { return &c.Join })},
	{"capacity", "RATE", "calls a second that the token API bears; 0 is not known", func(c *tune.Config, s string) (err error) {
		c.Capacity, err = strconv.ParseFloat(s, 64)
		return err
	}},
	{"edge-rule", "RULE", "when the edge looks at the token: start (of a transfer), or whole", func(c *tune.Config, s string) error {
		c.Rule = s
		return nil
	}},
	{"grace", "TIME", "how long the edge takes a token that has expired", seconds(func(c *tune.Config) *tune.Seconds { return &c.Grace })},
	{"skew", "TIME", "how far viewers' clocks may be behind", seconds(func(c *tune.Config) *tune.Seconds { return &c.Skew })},
	{"outage", "TIME", "how long the token API may be down without anybody's noticing", seconds(func(c *tune.Config) *tune.Seconds { return &c.Outage })},
	{"target", "SHARE", "viewers who may notice in an hour: 1/10000, 0.01%", func(c *tune.Config, s string) (err error) {
		c.Target, err = share(s)
		return err
	}},
	{"exposure", "TIME", "how long a copied link may work; 5m otherwise", seconds(func(c *tune.Config) *tune.Seconds { return &c.Exposure })},
	{"ttl", "LIST", "token lives to try: 30s,60s,5m", list(func(c *tune.Config) *[]tune.Seconds { return &c.Grid.TTLs })},
	{"lead", "LIST", "leads to try", list(func(c *tune.Config) *[]tune.Seconds { return &c.Grid.Leads })},
	{"jitter", "LIST", "jitters to try: by so much a call may go out before its lead", list(func(c *tune.Config) *[]tune.Seconds { return &c.Grid.Jitters })},
	{"policies", "LIST", "ways of calling again to try: own (each integration's), quick (given up after 4 s, again after 1 s), steady, or any policy of soak run", func(c *tune.Config, s string) error {
		c.Grid.Policies = strings.Split(s, ",")
		return nil
	}},
	{"seed", "N", "seed of all chance", func(c *tune.Config, s string) (err error) {
		c.Seed, err = strconv.ParseUint(s, 10, 64)
		return err
	}},
}

func addQuestion(cmd *cobra.Command) {
	for _, q := range questions {
		cmd.Flags().Var(&text{kind: q.value}, q.flag, q.help)
	}
	cmd.Flags().Var(&texts{kind: "KEY=VALUE"}, "set", "set any key of the scenario; may be repeated")
}

// question reads what is asked.
func (a *app) question(cmd *cobra.Command, flags tuneFlags, files []string) (tune.Config, error) {
	sc, err := a.tuneScenario(cmd, flags, files)
	if err != nil {
		return tune.Config{}, err
	}
	c := tune.Config{Scenario: sc, Seed: 1}
	for _, q := range questions {
		if f := cmd.Flags().Lookup(q.flag); f.Changed {
			if err := q.set(&c, f.Value.String()); err != nil {
				return c, usage(fmt.Errorf("--%s %q: %w", q.flag, f.Value, plain(err)))
			}
		}
	}
	if c.Budget, err = readBudget(flags.budget, flags.rounds); err != nil {
		return c, usage(err)
	}
	if flags.measure != 0 && flags.from != "" {
		return c, usage(errors.New("name --measure or --from, not both"))
	}
	c.Law, err = a.law(cmd.Context(), flags, sc)
	return c, err
}

// plain is an error of strconv without the function's name.
func plain(err error) error {
	if n, ok := errors.AsType[*strconv.NumError](err); ok {
		return n.Err
	}
	return err
}

// tuneScenario is the scenario that is asked about.
func (a *app) tuneScenario(cmd *cobra.Command, flags tuneFlags, files []string) (scenarios.Scenario, error) {
	var sc scenarios.Scenario
	if flags.scenario == "" && len(files) == 0 {
		var err error
		if sc, err = tune.Audience(); err != nil {
			return sc, err
		}
	} else {
		if flags.scenario != "" && len(files) > 0 {
			return sc, usage(errors.New("name a file or --scenario, not both"))
		}
		jobs, err := a.named(flags.scenario, files)
		if err != nil {
			return sc, err
		}
		sc = jobs[0].scenario
	}
	if err := setKeys(cmd, &sc); err != nil {
		return sc, usage(err)
	}
	if err := sc.Validate(); err != nil {
		return sc, usage(fmt.Errorf("scenario %s: %w", sc.Name, err))
	}
	return sc, nil
}

// seconds sets a time.
func seconds(of func(*tune.Config) *tune.Seconds) func(*tune.Config, string) error {
	return func(c *tune.Config, s string) error {
		d, err := time.ParseDuration(s)
		*of(c) = tune.Seconds(d)
		return err
	}
}

// list sets times with commas between them.
func list(of func(*tune.Config) *[]tune.Seconds) func(*tune.Config, string) error {
	return func(c *tune.Config, s string) error {
		for part := range strings.SplitSeq(s, ",") {
			d, err := time.ParseDuration(strings.TrimSpace(part))
			if err != nil {
				return err
			}
			*of(c) = append(*of(c), tune.Seconds(d))
		}
		return nil
	}
}

// share reads 1/10000, 0.01% and 0.0001.
func share(s string) (float64, error) {
	if part, whole, ok := strings.Cut(s, "/"); ok {
		a, errA := strconv.ParseFloat(part, 64)
		b, errB := strconv.ParseFloat(whole, 64)
		return a / b, errors.Join(errA, errB)
	}
	if percent, ok := strings.CutSuffix(s, "%"); ok {
		v, err := strconv.ParseFloat(strings.TrimSpace(percent), 64)
		return v / 100, err
	}
	return strconv.ParseFloat(s, 64)
}

// readBudget reads 45s and 5000h: what is in whole hours is viewer-hours. Who names
// rounds and nothing else wants just those.
func readBudget(s string, rounds int) (tune.Budget, error) {
	b := tune.Budget{Rounds: rounds}
	if rounds < 0 {
		return b, fmt.Errorf("--rounds %d: use 0 (no such end) or more", rounds)
	}
	switch {
	case s == "" && rounds > 0:
		return b, nil
	case s == "":
		s = tuneTime.String()
	}
	if hours, ok := strings.CutSuffix(s, "h"); ok {
		v, err := strconv.ParseFloat(hours, 64)
		if err != nil || !(v > 0) {
			return b, fmt.Errorf("--budget %q: write viewer-hours as 5000h, or a time as 45s", s)
		}
		b.ViewerHours = v
		return b, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return b, fmt.Errorf("--budget %q: write a time as 45s (0s for no end), or viewer-hours as 5000h", s)
	}
	b.Time = d
	return b, nil
}

// readShard reads 1/4.
func readShard(s string) (tune.Shard, error) {
	if s == "" {
		return tune.Shard{}, nil
	}
	index, of, ok := strings.Cut(s, "/")
	i, errI := strconv.Atoi(index)
	n, errN := strconv.Atoi(of)
	if !ok || errI != nil || errN != nil {
		return tune.Shard{}, fmt.Errorf("--shard %q: write 1/4 for the first of four", s)
	}
	return tune.Shard{Index: i - 1, Of: n}, nil
}
