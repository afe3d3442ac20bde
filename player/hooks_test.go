package player

import (
	"slices"
	"strings"
	"testing"

	"soak/qoe"
)

// Which player calls what, by release (F1: run with 5.2.1, 4.7.4, 4.4.1 and 3.2.2).
func TestHooks(t *testing.T) {
	all := []string{LoaderHook, XHRSetupHook, ModifyRequestURLHook, ModifyRequestHook, InterceptorHook, "transport", ""}
	for _, c := range []struct {
		why    string
		player Config
		want   string
	}{
		{"hls.js", Config{}, "loader xhr-setup"},
		{"hls.js by name", Config{Profile: HLSJS, Version: "1.6"}, "loader xhr-setup"},
		{"dash.js 5 has no RequestModifier", Config{Profile: DashJS}, "interceptor"},
		{"nor has 5.0", Config{Profile: DashJS, Version: "5.0.0"}, "interceptor"},
		{"the generic player has one place, and shows it everything", Config{Profile: Generic}, "interceptor"},
		{"4.7 has both", Config{Profile: DashJS, Version: "4.7.4"}, "modify-request-url modify-request"},
		{"4.5 is the first with modifyRequest", Config{Profile: DashJS, Version: "4.5"}, "modify-request-url modify-request"},
		{"4.4 drops modifyRequest without a word", Config{Profile: DashJS, Version: "4.4.1"}, "modify-request-url"},
		{"so does 3.2", Config{Profile: DashJS, Version: "3.2.2"}, "modify-request-url"},
	} {
		var has []string
		for _, h := range all {
			if c.player.Has(h) {
				has = append(has, h)
			}
		}
		if got := strings.Join(has, " "); got != c.want {
			t.Errorf("%s: %s has %q; want %q", c.why, c.player.Label(), got, c.want)
		}
	}
}

// H43: dash.js asks clocks, licences and certificates by itself, hls.js licences. Only a loader keeps what it wrote (F4, H24).
func TestWhatHooksSee(t *testing.T) {
	for _, c := range []struct {
		player Config
		hook   string
		past   string // kinds that the hook never sees; "POST": licences
		keeps  bool
	}{
		{Config{}, LoaderHook, "timing POST", true},
		{Config{}, XHRSetupHook, "timing POST", false},
		{Config{Profile: DashJS}, InterceptorHook, "timing license POST", false},
		{Config{Profile: DashJS, Version: "4.7"}, ModifyRequestHook, "timing license POST", false},
		{Config{Profile: DashJS}, LoaderHook, "", false},
		{Config{Profile: Generic}, InterceptorHook, "", false},
	} {
		if got := c.player.Passes(c.hook, Request{Kind: qoe.License, Post: true}); got != (c.player.Has(c.hook) && !strings.Contains(c.past, "POST")) {
			t.Errorf("%s: licences pass %s: %v", c.player.Label(), c.hook, got)
		}
		for kind := range qoe.Kind(qoe.NumKinds) {
			want := c.player.Has(c.hook) && !slices.Contains(strings.Fields(c.past), kind.String())
			if got := c.player.Passes(c.hook, Request{Kind: kind}); got != want {
				t.Errorf("%s: %v passes %s: %v; want %v", c.player.Label(), kind, c.hook, got, want)
			}
		}
		if got := c.player.Keeps(c.hook); got != c.keeps {
			t.Errorf("%s keeps what %s wrote: %v; want %v", c.player.Label(), c.hook, got, c.keeps)
		}
	}
}
