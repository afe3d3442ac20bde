package scenarios

import (
	"reflect"
	"testing"
)

func TestDifferences(t *testing.T) {
	parse := func(text string) Scenario {
		t.Helper()
		s, err := Parse("x.yaml", []byte("version: 1\n"+text))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	const mix = "viewers: {mix: [{player: hlsjs, policy: steady}, {player: dashjs, policy: steady}]}\n"
	for _, row := range []struct {
		a, b string
		want []Difference
		why  string
	}{
		{mix, mix, nil, "the same"},
		{"token: {lead: 10s}", "token: {lead: 0s}", []Difference{{"token.lead", "10s", "0s"}}, "as one writes it"},
		{mix, "viewers: {mix: [{player: hlsjs, policy: guide-hlsjs}, {player: dashjs, policy: steady}]}", []Difference{{"viewers.mix[0].policy", "steady", "guide-hlsjs"}}, "within a list; the names that follow from it are none"},
		{"seed: 1", "seed: 2\ntarget: {lab: {api: {latency: 2s}, segment: 4s}}", []Difference{{"seed", "1", "2"}, {"target.lab.api.latency", "lognormal(80ms, 0.5)", "2s"}, {"target.lab.segment", "", "4s"}}, "what only the second has comes last"},
	} {
		got, err := Differences(parse(row.a), parse(row.b))
		if err != nil || !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: %+v, %v; want %+v", row.why, got, err, row.want)
		}
	}
}
