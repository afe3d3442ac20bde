package scenarios

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"soak/lab"
)

func TestOverride(t *testing.T) {
	for _, c := range []struct {
		key, value string
		get        func(Scenario) any
		want       any
		why        string
	}{
		{"token.lead", "0s", func(s Scenario) any { return s.Token.Lead }, time.Duration(0), "a zero is a value"},
		{"viewers.count", "500", func(s Scenario) any { return s.Viewers.Count }, 500, "a number"},
		{"lab.api.latency", "2s", func(s Scenario) any { return s.Target.Lab.API.Latency }, lab.Fixed(2 * time.Second), "lab for target.lab"},
		{"target.lab.api.latency", "uniform(1s, 2s)", func(s Scenario) any { return s.Target.Lab.API.Latency }, lab.Uniform(time.Second, 2*time.Second), "commas and brackets"},
		{"lab.ladder", "[400000, 900000]", func(s Scenario) any { return s.Target.Lab.Ladder }, []int64{400_000, 900_000}, "a list as in YAML"},
		{"viewers.mix[0].policy.retry", "2s", func(s Scenario) any { return s.Viewers.Mix[0].Policy.Retry }, 2 * time.Second, "a policy's field"},
		{"viewers.mix[0].policy.name", "steady", func(s Scenario) any { return s.Viewers.Mix[0].Policy.RetryAfter }, true, "a name brings its fields"},
		{"viewers.mix[*].link", "3g", func(s Scenario) any { return s.Viewers.Mix[8].Link.RTT }, 100 * time.Millisecond, "every cohort"},
		{"viewers.mix[1].link", "3g", func(s Scenario) any { return s.Viewers.Mix[1].Name }, "hlsjs/guide-hlsjs/3g", "names made up follow"},
		{"viewers.mix[0].token.lead", "1s", func(s Scenario) any { return *s.Viewers.Mix[0].Token.Lead }, time.Second, "through pointers"},
		{"viewers.mix", "[{player: dashjs}]", func(s Scenario) any { return len(s.Viewers.Mix) }, 1, "a whole list"},
		{"thresholds", "[]", func(s Scenario) any { return len(s.Thresholds) }, 0, "an empty list"},
		{"thresholds", "['startup_seconds: p(95)<3']", func(s Scenario) any { return s.Thresholds[0].Expr }, "startup_seconds: p(95)<3", "a list of texts"},
		{"name", "a: [b", func(s Scenario) any { return s.Name }, "a: [b", "texts are taken as they are"},
		{"target.tokenApi.headers.X-Key", "API_KEY", func(s Scenario) any { return s.Target.TokenAPI.Headers["X-Key"] }, "API_KEY", "a map's entry"},
		{"target.tokenApi.url", "https://b.example/t", func(s Scenario) any { return s.Target.Lab == nil }, true, "a target out there replaces the default lab"},
	} {
		s := Default()
		if err := s.Override(c.key, c.value); err != nil {
			t.Errorf("%s = %s (%s): %v", c.key, c.value, c.why, err)
		} else if got := c.get(s); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s = %s (%s): got %v, want %v", c.key, c.value, c.why, got, c.want)
		}
	}
}

func TestOverrideErrors(t *testing.T) {
	for _, c := range []struct{ key, value, want, why string }{
		{"token.laed", "1s", "token.laed: is no key\ndid you mean lead?", "a slip"},
		{"token.lead", "2", "durations carry their unit: 2s", "no unit"},
		{"viewers.count", "many", `viewers.count: "many" is not a whole number`, "wrong type"},
		{"viewers.count.of", "1", "viewers.count: has no of", "below a leaf"},
		{"viewers.mix[77].link", "3g", "viewers.mix[77]: there are 9, counted from 0", "out of range"},
		{"viewers.mix.link", "3g", "viewers.mix: has no link", "which one?"},
		{"viewers.mix[0", "3g", "is no key", "an open bracket"},
		{"", "1", "is no key", "nothing"},
		{"viewers.mix[*].link", "5g", "is no link", "the same check as in files"},
		{"lab.secret", "hunter2", "secrets do not stand in scenarios", "a literal secret"},
		{"seed", "[", "seed: \"[\": ", "not even YAML"},
		{"seed", "-1", "is not a whole number", "seeds are not negative"},
	} {
		s := Default()
		err := s.Override(c.key, c.value)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s = %s (%s): got %v, want %q", c.key, c.value, c.why, err, c.want)
		}
		if !reflect.DeepEqual(s, Default()) {
			t.Errorf("%s = %s (%s): the scenario changed all the same", c.key, c.value, c.why)
		}
	}
}

// Overriding a copy must not reach into the original.
func TestOverrideLeavesCopiesAlone(t *testing.T) {
	original := Default()
	changed := original
	for key, value := range map[string]string{"lab.api.failureRate": "50%", "viewers.mix[0].share": "99", "viewers.mix[0].token.ttl": "9s"} {
		if err := changed.Override(key, value); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(original, Default()) {
		t.Error("the original changed too")
	}
}

// What is out of range alone or together shows when the scenario is validated.
func TestValidateAfterOverride(t *testing.T) {
	s := Default()
	for _, kv := range [][2]string{{"token.ttl", "5s"}, {"token.lead", "7s"}} {
		if err := s.Override(kv[0], kv[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Validate(); err == nil || !strings.HasPrefix(err.Error(), "token.lead: 7s is not below the ttl of 5s") {
		t.Errorf("got %v", err)
	}
}

func FuzzOverride(f *testing.F) {
	f.Add("token.lead", "0s")
	f.Add("viewers.mix[*].link", "{name: x, rtt: 1s}")
	f.Add("viewers.mix[0].player.dash.liveDelay", "3")
	f.Add("target.tokenApi.headers.A", "B")
	f.Fuzz(func(t *testing.T, key, value string) {
		s := Default()
		if err := s.Override(key, value); err != nil && !reflect.DeepEqual(s, Default()) {
			t.Errorf("%q = %q failed and changed the scenario", key, value)
		}
	})
}
