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
    faults:
      - {from: 10s, to: 14s, kinds: [manifest], times: 1, status: 503}
      - {kinds: [segment], media: video, rendition: v2, number: 7, times: 4, status: 404}
      - {number: 3..5, hang: true}
      - {number: every 4, delay: 2s, rate: 400_000, truncate: 50%}
      - {kinds: [playlist, key, init, timing], media: audio, edge: plain, redirect: true}
    api:
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
	urls := lab.URLs{Prefix: "/20231114/1699999999", Absolute: true, Life: 30 * time.Second, TokenLength: 8, TokenSuffix: "==", Query: true}
	if got.URLs != urls || got.UTCTiming != "protected" || got.EdgeSkew != -2*time.Second || got.Grace != time.Second {
		t.Errorf("lab = %+v", got)
	}
	if got.Encryption != "aes-128" || got.KeyRotation != 5 || !got.CutAtExpiry || got.Second != (lab.SecondEdge{Bound: true, Life: 20 * time.Second}) {
		t.Errorf("lab = %+v", got)
	}
}
