package scenarios

import (
	"reflect"
	"testing"
	"time"

	"soak/lab"
	"soak/qoe"
)

// What a lab does wrong is written in a file as it stands in the structs, is known
// to the schema, and survives being written again.
func TestParseLabFaults(t *testing.T) {
	text := []byte(`
version: 1
target:
  lab:
    encryption: aes-128
    keyRotation: 5
    cutAtExpiry: true
    utcTiming: protected
    edgeSkew: -2s
    grace: 1s
    urls: {prefix: /20231114/1699999999, absolute: true, life: 30s, tokenLength: 8, tokenSuffix: "==", query: true}
    second: {bound: true, life: 20s}
    refusals: {expired: 403, bad: 404, cached: 10s}
    edges:
      plain: {skew: -2s, lag: 5s, down: [{from: 10s, to: 20s}, {from: 1m}]}
      ipBound: {expired: 410, bad: 401}
    rotations: [{at: 1m, previous: 30s}]
    anyVideo: true
    unchecked: [init, segment]
    headers: {noDate: true, cors: no-refusals}
    faults:
      - {from: 10s, to: 14s, kinds: [manifest], times: 1, status: 503}
      - {kinds: [segment], media: video, rendition: v2, number: 7, times: 4, status: 404}
      - {number: 3..5, hang: true}
      - {times: 1, reset: true}
      - {stall: 40%, stallFor: 8s}
      - {number: every 4, delay: 2s, rate: 400_000, truncate: 50%}
      - {kinds: [playlist, key, init, timing], media: audio, edge: plain, redirect: true}
    api:
      outages: [{from: 5s, to: 6s, status: 429, retryAfter: 2s}, {from: 7s, to: 8s, refuse: true}, {from: 9s, status: 401, viewers: 20%}]
      slow: [{from: 3s, to: 4s, by: 2s}]
      sharedCache: 10s
      cacheControl: public, max-age=10
      maxLife: 2m
      strictExpire: true
      ignoreClientIP: true
      auth: true
      noRetryAfter: true
      headers: {cors: none}
      faults:
        - {calls: [2, 3], status: 500}
        - {from: 5, to: 7, hang: true}
        - {calls: [4], latency: 4s}
        - {from: 8, answer: expires-ms}
        - {calls: [1], life: 7s, latency: "uniform(1s, 2s)"}
`)
	if err := compiledSchema(t).Validate(valueOf(t, text)); err != nil {
		t.Errorf("schema: %v", err)
	}
	s, err := Parse("lab.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	roundTrip(t, s)
	got := s.Target.Lab
	want := []lab.EdgeFault{
		{From: 10 * time.Second, To: 14 * time.Second, Kinds: []qoe.Kind{qoe.Manifest}, Times: 1, Status: 503},
		{Kinds: []qoe.Kind{qoe.Segment}, Media: qoe.Video, Rendition: "v2", Number: lab.NumberRange(7, 7), Times: 4, Status: 404},
		{Number: lab.NumberRange(3, 5), Hang: true},
		{Times: 1, Reset: true},
		{Stall: 0.4, StallFor: 8 * time.Second},
		{Number: lab.EveryNumber(4), Delay: 2 * time.Second, Rate: 400_000, Truncate: 0.5},
		{Kinds: []qoe.Kind{qoe.Playlist, qoe.Key, qoe.Init, qoe.Timing}, Media: qoe.Audio, Edge: "plain", Redirect: true},
	}
	if !reflect.DeepEqual(got.Faults, want) {
		t.Errorf("faults\n%+v\nwant\n%+v", got.Faults, want)
	}
	calls := []lab.CallFault{
		{Calls: []int{2, 3}, Status: 500},
		{From: 5, To: 7, Hang: true},
		{Calls: []int{4}, Latency: lab.Fixed(4 * time.Second)},
		{From: 8, Answer: "expires-ms"},
		{Calls: []int{1}, Life: 7 * time.Second, Latency: lab.Uniform(time.Second, 2*time.Second)},
	}
	if !reflect.DeepEqual(got.API.Faults, calls) {
		t.Errorf("api.faults\n%+v\nwant\n%+v", got.API.Faults, calls)
	}
	outages := []lab.Outage{
		{From: 5 * time.Second, To: 6 * time.Second, Status: 429, RetryAfter: 2 * time.Second},
		{From: 7 * time.Second, To: 8 * time.Second, Refuse: true},
		{From: 9 * time.Second, Status: 401, Viewers: 0.2},
	}
	got.API.Faults = nil
	rules := lab.API{
		Latency: lab.Lognormal(80*time.Millisecond, 0.5), // a scenario's default
		Outages: outages, Slow: []lab.Slowdown{{From: 3 * time.Second, To: 4 * time.Second, By: 2 * time.Second}}, SharedCache: 10 * time.Second, CacheControl: "public, max-age=10", MaxLife: 2 * time.Minute,
		StrictExpire: true, IgnoreClientIP: true, Auth: true, NoRetryAfter: true, Headers: lab.Headers{CORS: "none"},
	}
	if !reflect.DeepEqual(got.API, rules) {
		t.Errorf("api\n%+v\nwant\n%+v", got.API, rules)
	}
	edges := lab.Edges{
		Plain:   lab.EdgeRules{Skew: -2 * time.Second, Lag: 5 * time.Second, Down: []lab.Window{{From: 10 * time.Second, To: 20 * time.Second}, {From: time.Minute}}},
		IPBound: lab.EdgeRules{Expired: 410, Bad: 401},
	}
	if !reflect.DeepEqual(got.Edges, edges) || !reflect.DeepEqual(got.Rotations, []lab.Rotation{{At: time.Minute, Previous: 30 * time.Second}}) {
		t.Errorf("edges\n%+v\nwant\n%+v; rotations %+v", got.Edges, edges, got.Rotations)
	}
	if got.Refusals != (lab.Refusals{Expired: 403, Bad: 404, Cached: 10 * time.Second}) || !got.AnyVideo || len(got.Unchecked) != 2 || got.Headers != (lab.Headers{NoDate: true, CORS: "no-refusals"}) {
		t.Errorf("lab = %+v", got)
	}
	urls := lab.URLs{Prefix: "/20231114/1699999999", Absolute: true, Life: 30 * time.Second, TokenLength: 8, TokenSuffix: "==", Query: true}
	if got.URLs != urls || got.UTCTiming != "protected" || got.EdgeSkew != -2*time.Second || got.Grace != time.Second {
		t.Errorf("lab = %+v", got)
	}
	if got.Encryption != "aes-128" || got.KeyRotation != 5 || !got.CutAtExpiry || got.Second != (lab.SecondEdge{Bound: true, Life: 20 * time.Second}) {
		t.Errorf("lab = %+v", got)
	}
}
