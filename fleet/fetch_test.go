package fleet

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/netem"
	"soak/player"
	"soak/qoe"
	"soak/refresher"
	"soak/scenarios"
	"soak/token"
)

// refusing is a network that answers every request 410 after a second.
type refusing struct{ loop *loop.Virtual }

func (n refusing) get(g *get, done func(*answer)) call {
	c, url := &refusedCall{}, g.url
	n.loop.After(time.Second, func() {
		if !c.cancelled {
			done(&answer{Response: player.Response{Status: 410, Failure: qoe.StatusFailure, URL: url, End: loop.InstantAt(n.loop.Since())}})
		}
	})
	return c
}

func (refusing) hangUp(place) {}

type refusedCall struct{ cancelled bool }

func (c *refusedCall) cancel()               { c.cancelled = true }
func (*refusedCall) free()                   {}
func (*refusedCall) loaded() int64           { return 0 }
func (*refusedCall) total() int64            { return -1 }
func (*refusedCall) firstByte() loop.Instant { return 0 }

// silent is a token API that answers its first call only.
type silent struct{ loop *loop.Virtual }

func (s silent) Call(n int, done func(refresher.Answer)) func(qoe.Failure) {
	if n == 1 {
		now := s.loop.Now()
		g := token.Grant{Token: "token01", Expires: now.Add(time.Hour).Unix()}
		s.loop.Post(func() { done(refresher.Answer{Grant: g, Status: 200, Start: now, End: now}) })
	}
	return func(qoe.Failure) {}
}

// Every exchange is told of once, whenever the player gives the request up.
func TestExchangeIsToldOnce(t *testing.T) {
	for _, c := range []struct {
		why    string
		cancel time.Duration
		want   qoe.Failure
	}{
		{"on the wire", 500 * time.Millisecond, qoe.CancelFailure},
		{"refused, and waiting for a newer token", 1500 * time.Millisecond, qoe.StatusFailure},
	} {
		world := loop.NewWorld(virtualEpoch)
		l := world.Loop()
		var told []qoe.Fetch
		v := &viewer{
			seat: seat{cohort: &scenarios.Cohort{}}, clock: l, net: refusing{l}, meter: newMeter(), counts: newMeter().counts(true),
			log: qoe.NewShard(virtualEpoch).Viewer(0, qoe.Labels{}),
		}
		v.observe(&Observer{Sample: func(_ int, s qoe.Sample) {
			if f, ok := s.(qoe.Fetch); ok {
				told = append(told, f)
			}
		}})
		policy := refresher.Steady()
		v.refresher = refresher.New(&policy, l, silent{l}, rand.New(rand.NewPCG(1, 1)), nil)
		v.refresher.Start(func(refresher.Answer) {
			f := v.Fetch(player.Request{URL: manifest.AddressOf("http://edge/cmaf/1_v/token00/1800000060/seg1.m4s"), Kind: qoe.Segment, Attempt: 1},
				func(*player.Response) { t.Errorf("%s: answered after it was cancelled", c.why) })
			l.After(c.cancel, func() { f.Cancel(qoe.CancelFailure) })
		})
		if err := world.Run(t.Context(), virtualEpoch.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if len(told) != 1 || told[0].Failure != c.want {
			t.Errorf("%s: told %+v; want one %s", c.why, told, c.want)
		}
	}
}

// early is a request that the network let go, and that was answered, after the callback
// began that gives it up.
type early struct {
	refusedCall
	first loop.Instant
}

func (e *early) firstByte() loop.Instant { return e.first }

// What is given up in the callback that asked for it did not end before it began.
func TestGivenUpAtOnce(t *testing.T) {
	l := loop.NewWorld(virtualEpoch).Loop()
	now := loop.InstantAt(l.Since())
	for _, row := range []struct {
		began, first, want time.Duration // from the callback's beginning
		why                string
	}{
		{-time.Second, -time.Millisecond, 0, "asked for by another callback"},
		{time.Millisecond, 0, time.Millisecond, "let go a millisecond into this one"},
		{-time.Second, time.Millisecond, time.Millisecond, "answered meanwhile"},
	} {
		f := &fetch{viewer: &viewer{clock: l}, get: get{began: now.Add(row.began)}, wire: &early{first: now.Add(row.first)}}
		if a := f.lost(player.Response{}); a.End != now.Add(row.want) {
			t.Errorf("%s: ended %v after the callback began; want %v", row.why, a.End.Sub(now), row.want)
		}
	}
}

// asking is a network that notes whether a body is to be kept.
type asking struct {
	refusing
	media []bool
}

func (n *asking) get(g *get, done func(*answer)) call {
	n.media = append(n.media, g.media)
	return n.refusing.get(g, done)
}

// The body of media is counted and dropped; that of a segment index, which goes by
// the kind of an init segment, is not.
func TestFetchKeepsIndexes(t *testing.T) {
	world := loop.NewWorld(virtualEpoch)
	l := world.Loop()
	n := &asking{refusing: refusing{l}}
	v := &viewer{seat: seat{cohort: &scenarios.Cohort{}}, clock: l, net: n, meter: newMeter(), counts: newMeter().counts(true), log: qoe.NewShard(virtualEpoch).Viewer(0, qoe.Labels{})}
	v.observe(nil)
	for _, req := range []player.Request{{Kind: qoe.Segment}, {Kind: qoe.Init}, {Kind: qoe.Init, Keep: true}, {Kind: qoe.Manifest}} {
		req.URL, req.Attempt = manifest.AddressOf("http://edge/cmaf/1_v/token00/1800000060/v.mp4"), 1
		v.Fetch(req, func(*player.Response) {})
	}
	if got, want := fmt.Sprint(n.media), "[true true false false]"; got != want {
		t.Errorf("dropped are the bodies of %s; want %s", got, want)
	}
}

// Responses are used again: nothing of the one before may be left in them.
func TestAnswersFillResponses(t *testing.T) {
	var r player.Response
	for i, v := 0, reflect.ValueOf(&r).Elem(); i < v.NumField(); i++ {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString("left")
		case reflect.Int, reflect.Int64:
			f.SetInt(1)
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Slice:
			f.SetBytes([]byte("left"))
		default:
			switch p := f.Addr().Interface().(type) {
			case *time.Time:
				*p = virtualEpoch
			case *manifest.Address:
				p.Name = "left"
			default:
				t.Fatalf("%s: fill it here too", v.Type().Field(i).Name)
			}
		}
	}
	l := loop.NewWorld(time.Time{}).Loop()
	net := &modelNetwork{loop: l, model: netem.NewModel(netem.Profile{}, l, rand.New(rand.NewPCG(1, 1)))}
	c := &modelCall{net: net, get: &get{media: true}, at: new(manifest.Address), answer: &answer{Response: r}}
	net.model.Do(&c.Exchange, "edge", 1, c)
	c.says.Status = 200
	c.answered(qoe.NoFailure)
	r = c.answer.Response
	r.Asked, r.Start = manifest.Address{}, 0 // the fetch's own
	if want := (player.Response{Status: 200, End: loop.InstantAt(0), Timed: true}); !reflect.DeepEqual(r, want) {
		t.Errorf("%+v; want %+v", r, want)
	}
}
