package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"soak/scenarios"
)

// override is a flag that stands for one key of the scenario.
type override struct {
	flag, key, value, help string // value names what follows the flag
	// as turns the flag's value into the key's; nil leaves it as it is.
	as func(string) (string, error)
}

// overrides in the order in which they are applied; --set comes after all.
var overrides = []override{
	{"viewers", "viewers.count", "N", "how many viewers", nil},
	{"duration", "duration", "TIME", "how long the run lasts: 90s, 5m", nil},
	{"ttl", "token.ttl", "TIME", "life of a token", nil},
	{"lead", "token.lead", "TIME", "how long before expiry the next token is asked for", nil},
	{"token-latency", "target.lab.api.latency", "DIST", "latency of the lab's token API: 200ms, uniform(100ms, 2s), lognormal(150ms, 0.6)", nil},
	{"token-failures", "target.lab.api.failureRate", "SHARE", "share of the lab's token API calls that fail: 5%", nil},
	{"token-rate-limit", "token.rateLimit", "N", "calls a second that the token API is meant to bear, for the report's advice", nil},
	{"url", "target.url", "URL", "stream to play instead of the lab: a master.m3u8 or index.mpd", nil},
	{"token-api", "target.tokenApi.url", "URL", "token API to call, with {video}, {type} and {expire} to be filled in", nil},
	{"sign", "target.sign", "CLIENT:ENV", "sign tokens here, for this account, with the secret in this environment variable", signAs},
	{"player", "viewers.mix[*].player", "NAME", "player of every viewer: hlsjs, \"dashjs 4.7\", generic, \"generic dash\"", nil},
	{"policy", "viewers.mix[*].policy", "NAME", "refresh policy of every viewer: steady, guide-hlsjs, guide-hlsjs-xhr, guide-dashjs, guide-dashjs5, gcore-plugin, gcore-sw", nil},
	{"link", "viewers.mix[*].link", "NAME", "access link of every viewer: lan, fibre, 4g, 3g, poor-wifi", nil},
	{"transport", "transport", "KIND", "what carries requests over sockets: auto, lean (soak's own HTTP/1.1), net (Go's net/http)", nil},
	{"target-consent", "consent", "HOST", "host whose operator has agreed to be visited by more than 50 viewers, as in edge.example,tokens.example; may be repeated", listAs},
	{"source", "sources", "ADDR", "address of this machine to make connections from, as in 10.0.0.1,10.0.0.2, one viewer after the other; may be repeated", listAs},
	{"seed", "seed", "N", "seed of all chance; the same seed repeats a virtual run to the byte", nil},
	{"arrival", "arrival", "HOW", "how viewers come: once, \"ramp 10s\", \"poisson 5\" (a second)", arrivalAs},
}

// listed tells whether the flag may be repeated.
func (o override) listed() bool { return o.key == "consent" || o.key == "sources" }

// addOverrides gives a command the flags of overrides, only those named if any
// are, and --set.
func addOverrides(cmd *cobra.Command, names ...string) {
	named := func(flag string) bool {
		for _, n := range names {
			if n == flag {
				return true
			}
		}
		return len(names) == 0
	}
	for _, o := range overrides {
		if !named(o.flag) {
			continue
		}
		var value pflag.Value = &text{kind: o.value}
		if o.listed() {
			value = &texts{kind: o.value}
		}
		cmd.Flags().Var(value, o.flag, o.help+" ["+o.key+"]")
	}
	cmd.Flags().Var(&texts{kind: "KEY=VALUE"}, "set", "set any key of the scenario; may be repeated, and comes after all other flags")
}

// applyOverrides sets what the flags of cmd say.
func applyOverrides(cmd *cobra.Command, s *scenarios.Scenario) error {
	for _, o := range overrides {
		if err := o.apply(cmd, s); err != nil {
			return err
		}
	}
	return setKeys(cmd, s)
}

// apply sets what the flag says, if it was given.
func (o override) apply(cmd *cobra.Command, s *scenarios.Scenario) error {
	f := cmd.Flags().Lookup(o.flag)
	if f == nil || !f.Changed {
		return nil
	}
	value := f.Value.String()
	if o.as != nil {
		var err error
		if value, err = o.as(value); err != nil {
			return usage(fmt.Errorf("--%s: %w", o.flag, err))
		}
	}
	if err := s.Override(o.key, value); err != nil {
		return usage(fmt.Errorf("--%s: %w", o.flag, err))
	}
	return nil
}

// setKeys sets what --set says.
func setKeys(cmd *cobra.Command, s *scenarios.Scenario) error {
	for _, pair := range listOf(cmd, "set") {
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			return usage(fmt.Errorf("--set %s: write KEY=VALUE, as in --set token.lead=4s", pair))
		}
		if err := s.Override(key, value); err != nil {
			return usage(fmt.Errorf("--set: %w", err))
		}
	}
	return nil
}

// applyThresholds replaces all that the scenario is judged by.
func applyThresholds(cmd *cobra.Command, s *scenarios.Scenario) error {
	list := listOf(cmd, "threshold")
	if len(list) == 0 {
		return nil
	}
	value, err := json.Marshal(list) // JSON is YAML
	if err != nil {
		return err
	}
	if err := s.Override("thresholds", string(value)); err != nil {
		return usage(fmt.Errorf("--threshold: %w", err))
	}
	s.Expect = nil
	return nil
}

// listAs reads names with commas or blanks between them.
func listAs(names string) (string, error) {
	list, err := json.Marshal(strings.FieldsFunc(names, func(r rune) bool { return r == ',' || r == ' ' })) // JSON is YAML
	return string(list), err
}

// arrivalAs reads "once", "ramp 10s" and "poisson 5".
func arrivalAs(how string) (string, error) {
	kind, rest, _ := strings.Cut(strings.TrimSpace(how), " ")
	rest = strings.TrimSpace(rest)
	switch {
	case kind == scenarios.Once && rest == "":
		return "{kind: once, over: 0s, rate: 0}", nil
	case kind == scenarios.Ramp && rest != "":
		return fmt.Sprintf("{kind: ramp, over: %s, rate: 0}", jsonText(rest)), nil
	case kind == scenarios.Poisson && rest != "" && !strings.ContainsAny(rest, "{}[],:#&*!|>'\"%@` "):
		return fmt.Sprintf("{kind: poisson, over: 0s, rate: %s}", rest), nil
	}
	return "", fmt.Errorf("%q is no arrival: write once, \"ramp 10s\" or \"poisson 5\" (a second)", how)
}

// signAs reads CLIENT:ENV.
func signAs(spec string) (string, error) {
	client, env, ok := strings.Cut(spec, ":")
	if !ok || client == "" || env == "" {
		return "", fmt.Errorf("%q: write CLIENT:ENV, the account id and the environment variable that holds its secret", spec)
	}
	return fmt.Sprintf("{client: %s, secretEnv: %s}", jsonText(client), jsonText(env)), nil
}

// jsonText is s as a quoted YAML value.
func jsonText(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always can
	}
	return string(b)
}

// text is a flag that is kept as typed: the scenario checks it.
type text struct{ kind, value string }

func (t *text) String() string     { return t.value }
func (t *text) Set(s string) error { t.value = s; return nil }
func (t *text) Type() string       { return t.kind }

// texts is a flag that may be repeated. Commas are part of a value.
type texts struct {
	kind   string
	values []string
}

func (t *texts) String() string     { return strings.Join(t.values, " ") }
func (t *texts) Set(s string) error { t.values = append(t.values, s); return nil }
func (t *texts) Type() string       { return t.kind }

func listOf(cmd *cobra.Command, flag string) []string {
	f := cmd.Flags().Lookup(flag)
	if f == nil {
		return nil
	}
	list, ok := f.Value.(*texts)
	if !ok {
		return nil
	}
	return list.values
}

// typed lists the flags of cmd that were given, as one would type them again,
// tokens hidden. skip says which do not matter.
func typed(cmd *cobra.Command, skip func(name string) bool) (args []string) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		list, repeated := f.Value.(*texts)
		switch {
		case skip(f.Name):
		case repeated:
			for _, v := range list.values {
				args = append(args, "--"+f.Name, quoted(hide(v)))
			}
		case f.Value.String() == "true" && f.Value.Type() == "bool":
			args = append(args, "--"+f.Name)
		case f.Value.Type() == "bool":
			args = append(args, "--"+f.Name+"="+f.Value.String())
		default:
			args = append(args, "--"+f.Name, quoted(hide(f.Value.String())))
		}
	})
	return args
}
