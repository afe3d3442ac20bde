package fleet

import (
	"testing"

	"soak/refresher"
	"soak/scenarios"
)

// Who comes back again and again, or zaps, leaves nothing behind but a way to the token
// API for each stream.
func TestVisitsShareTheWayToTheTokenAPI(t *testing.T) {
	sc := scenarios.Default()
	sc.Target = scenarios.Target{
		TokenAPI: &scenarios.TokenAPI{URL: "http://127.0.0.1:1/{video}?expire={expire}"},
		Videos:   scenarios.Videos{Live: "event", VOD: "film"},
	}
	n, _ := socketed(t, "")
	way, c := &target{scenario: &sc}, &sc.Viewers.Mix[0]
	first := way.source(n, 0, c, channelOf(&sc, c))
	for range 100 {
		for _, ch := range []channel{channelOf(&sc, c), {kind: scenarios.VOD, video: "film"}} {
			way.source(n, 0, c, ch)
		}
	}
	if again := way.source(n, 0, c, channelOf(&sc, c)); again != first || len(n.apis) != 2 {
		t.Errorf("100 visits to two streams left %d ways to the token API; want 2", len(n.apis))
	}
}

// What a token call waits for its goroutine counts among the requests that left late.
func TestTokenCallsAreDispatched(t *testing.T) {
	sc := scenarios.Default()
	sc.Target = scenarios.Target{TokenAPI: &scenarios.TokenAPI{URL: "http://127.0.0.1:1/"}, Videos: scenarios.Videos{Live: "event"}}
	n, _ := socketed(t, "")
	var late latenesses
	n.dispatch = late.of(0)
	c := &sc.Viewers.Mix[0]
	way := (&target{scenario: &sc}).source(n, 0, c, channelOf(&sc, c)).(*refresher.HTTPSource)
	for call := range 3 {
		way.Call(call, func(refresher.Answer) {})
	}
	way.Wait()
	if all := late.all(); all.Count() != 3 {
		t.Errorf("%d of three calls counted", all.Count())
	}
}
