package refresher

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

func TestPolicyYAML(t *testing.T) {
	quiet := Steady()
	quiet.LeadJitter = 0
	rows := []struct {
		why, text string
		want      Policy
	}{
		{"a name", "steady", Steady()},
		{"a name in a mapping", "{name: gcore-plugin}", GcorePlugin()},
		{"one field replaced", "{name: guide-hlsjs, lead: 3s}", GuideHLSJS().WithLead(3 * time.Second)},
		{"an explicit lead of nothing", "{name: guide-hlsjs, lead: 0s}", GuideHLSJS().WithLead(0)},
		{"a zero replaces too", "{name: steady, leadJitter: 0}", quiet},
		{"no name: the fields alone", "{retry: 2s}", Policy{Retry: 2 * time.Second}},
	}
	for _, r := range rows {
		var got Policy
		if err := yaml.UnmarshalWithOptions([]byte(r.text), &got, yaml.Strict()); err != nil || !reflect.DeepEqual(got, r.want) {
			t.Errorf("%s: %s = %+v, %v; want %+v", r.why, r.text, got, err, r.want)
		}
	}
	for _, r := range []struct{ why, text, want string }{
		{"unknown name", "stedy", "use guide-hlsjs"},
		{"unknown key", "{name: steady, leed: 3s}", "leed"},
		{"ill-typed", "{name: steady, lead: [3]}", "lead"},
	} {
		var got struct{ Policy Policy }
		err := yaml.UnmarshalWithOptions([]byte("policy: "+r.text), &got, yaml.Strict())
		if err == nil || !strings.Contains(err.Error(), r.want) {
			t.Errorf("%s: %s gives %v; want an error with %q", r.why, r.text, err, r.want)
		}
	}
}

func TestPolicyRoundTrip(t *testing.T) {
	for _, p := range Policies() {
		text, err := yaml.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var back Policy
		if err := yaml.UnmarshalWithOptions(text, &back, yaml.Strict()); err != nil || !reflect.DeepEqual(back, p) {
			t.Errorf("%s came back as %+v, %v from\n%s", p.Name, back, err, text)
		}
	}
}

func TestValidate(t *testing.T) {
	for _, p := range Policies() {
		if err := p.Validate(); err != nil {
			t.Errorf("built-in %s: %v", p.Name, err)
		}
	}
	for _, r := range []struct {
		why  string
		p    Policy
		want string
	}{
		{"negative lead", Policy{}.WithLead(-time.Second), "lead"},
		{"negative retry", Policy{Retry: -1}, "retry"},
		{"jitter over all of the wait", Policy{RetryJitter: 1.5}, "retryJitter"},
		{"a word misspelt", Policy{Rewrite: "all"}, "any, original, issued, never"},
		{"a hook misspelt", Policy{Hook: "xhr"}, "hook"},
	} {
		if err := r.p.Validate(); err == nil || !strings.Contains(err.Error(), r.want) {
			t.Errorf("%s: Validate = %v; want an error with %q", r.why, err, r.want)
		}
	}
}

func TestLeadFor(t *testing.T) {
	for _, r := range []struct {
		why  string
		p    Policy
		life time.Duration
		want time.Duration
	}{
		{"set", GuideHLSJS(), time.Minute, 10 * time.Second},
		{"the originals keep a lead that cannot work", GuideHLSJS(), 8 * time.Second, 10 * time.Second},
		{"share", Steady(), 300 * time.Second, 90 * time.Second},
		{"set, and the share is for grants that live no longer", still(), 8 * time.Second, 2400 * ms},
		{"neither", Policy{}, time.Minute, DefaultLead},
	} {
		if got := r.p.LeadFor(r.life); got != r.want {
			t.Errorf("%s: LeadFor(%v) = %v; want %v", r.why, r.life, got, r.want)
		}
	}
}
