package fleet

import (
	"testing"
	"time"

	"soak/manifest"
	"soak/player"
	"soak/qoe"
	"soak/refresher"
	"soak/scenarios"
)

// Which requests an integration rewrites, and what the player then finds in the
// loader's context.
func TestIntegrations(t *testing.T) {
	hls, dash5, dash47, dash44 := player.Config{}, player.Config{Profile: player.DashJS}, player.Config{Profile: player.DashJS, Version: "4.7"}, player.Config{Profile: player.DashJS, Version: "4.4.1"}
	first := func(k qoe.Kind) player.Request { return player.Request{Kind: k, Attempt: 1} }
	again := player.Request{Kind: qoe.Key, Attempt: 2, Repeat: true}
	for _, c := range []struct {
		why    string
		hook   refresher.Hook
		player player.Config
		req    player.Request
		want   bool
		keeps  bool
	}{
		{"a loader sees segments", refresher.LoaderHook, hls, first(qoe.Segment), true, true},
		{"and keys", refresher.LoaderHook, hls, first(qoe.Key), true, true},
		{"H24: it is not called when the loader asks again by itself", refresher.LoaderHook, hls, again, false, true},
		{"H24: xhrSetup is", refresher.XHRSetupHook, hls, again, true, false},
		{"dash.js has no loader", refresher.LoaderHook, dash5, first(qoe.Segment), false, false},
		{"hls.js has no interceptor", refresher.InterceptorHook, hls, first(qoe.Segment), false, false},
		{"H15: dash.js 5 never calls modifyRequest", refresher.ModifyRequestHook, dash5, first(qoe.Segment), false, false},
		{"H15: nor does 4.4", refresher.ModifyRequestHook, dash44, first(qoe.Segment), false, false},
		{"4.7 does", refresher.ModifyRequestHook, dash47, first(qoe.Segment), true, false},
		{"4.4 calls modifyRequestURL", refresher.ModifyRequestURLHook, dash44, first(qoe.Manifest), true, false},
		{"5 does not", refresher.ModifyRequestURLHook, dash5, first(qoe.Manifest), false, false},
		{"5 calls interceptors", refresher.InterceptorHook, dash5, first(qoe.Init), true, false},
		{"H43: but asks clocks without them", refresher.InterceptorHook, dash5, first(qoe.Timing), false, false},
		{"H43: 4.7 too", refresher.ModifyRequestHook, dash47, first(qoe.Timing), false, false},
		{"the plugin is a loader in hls.js", refresher.PlaybackHook, hls, first(qoe.Segment), true, true},
		{"and an interceptor in dash.js", refresher.PlaybackHook, dash5, first(qoe.Segment), true, false},
		{"which 4.7 does not have", refresher.PlaybackHook, dash47, first(qoe.Segment), false, false},
		{"a transport sees clocks", refresher.TransportHook, dash5, first(qoe.Timing), true, false},
		{"and every attempt", refresher.TransportHook, hls, again, true, false},
		{"H43: a licence is posted past a loader", refresher.LoaderHook, hls, player.Request{Kind: qoe.License, Post: true}, false, true},
		{"its server's certificate is not", refresher.LoaderHook, hls, first(qoe.License), true, true},
		{"H43: dash.js posts past interceptors", refresher.InterceptorHook, dash5, player.Request{Kind: qoe.License, Post: true}, false, false},
		{"and asks for certificates past them", refresher.InterceptorHook, dash5, first(qoe.License), false, false},
		{"a transport sees licences", refresher.TransportHook, dash5, player.Request{Kind: qoe.License, Post: true}, true, false},
		{"no hook means transport", "", hls, first(qoe.Segment), true, false},
	} {
		co := &scenarios.Cohort{Player: c.player, Policy: refresher.Policy{Hook: c.hook}}
		i := integrate(co)
		if got := i.rewrites(&c.req, epoch); got != c.want {
			t.Errorf("%s: rewrites = %v; want %v", c.why, got, c.want)
		}
		if got := i.contextURL(manifest.AddressOf("asked"), manifest.AddressOf("sent")).String() == "sent"; got != c.keeps {
			t.Errorf("%s: context keeps the rewritten URL: %v; want %v", c.why, got, c.keeps)
		}
		if called := i.hook == "" || c.player.Has(i.hook); (co.Idle() == "") != called {
			t.Errorf("%s: Idle() = %q; want a word exactly when the hook is never called", c.why, co.Idle())
		}
	}
}

var epoch = time.Unix(1_800_000_000, 0)

// The life of a service worker. Each step is at a time: r a request of the player
// (written in capitals when it is rewritten), c a call of the token API, p the
// token it brought being posted.
func TestServiceWorker(t *testing.T) {
	type step struct {
		at   int // seconds
		what string
	}
	for _, c := range []struct {
		why   string
		steps []step
	}{
		{"rewrites from the first token on", []step{{0, "c"}, {1, "p"}, {1, "R"}, {20, "R"}}},
		{"requests keep it alive", []step{{0, "c"}, {1, "p"}, {30, "R"}, {60, "R"}, {90, "R"}}},
		{"30 s without any: its token is gone", []step{{0, "c"}, {1, "p"}, {2, "R"}, {33, "r"}, {40, "r"}}},
		{"until the next is posted; the call of the API has woken it", []step{{0, "c"}, {1, "p"}, {2, "R"}, {50, "c"}, {51, "p"}, {52, "R"}}},
		{"a call that takes longer than the worker lives: its token is posted to nobody", []step{{0, "c"}, {40, "p"}, {41, "r"}}},
	} {
		w := &worker{}
		for _, s := range c.steps {
			now := epoch.Add(time.Duration(s.at) * time.Second)
			switch s.what {
			case "p":
				w.post(now)
			case "c":
				w.request(now)
			default:
				if got := w.request(now); got != (s.what == "R") {
					t.Errorf("%s: request at %d s rewritten: %v", c.why, s.at, got)
				}
			}
		}
	}
}
