package scenarios

import (
	"reflect"
	"strings"
	"testing"

	"soak/player"
	"soak/refresher"
)

// Players, wrappers, policies and hooks combine as one likes; what a player never
// calls is not refused, because that is what people run.
func TestCombinations(t *testing.T) {
	s, err := Parse("mine.yaml", []byte(`
version: 1
viewers:
  count: 6
  mix:
    - {player: generic}
    - {player: generic dash, policy: gcore-sw}
    - {player: {profile: hlsjs, wrapper: gcore, gcore: {liveDelay: 7, sourceController: true}}, policy: gcore-plugin}
    - {player: {profile: dashjs, wrapper: gcore}, policy: {name: steady, hook: interceptor}}
    - {player: dashjs 4.4, policy: {name: guide-dashjs, hook: modify-request-url}}
    - {player: dashjs, policy: {name: guide-hlsjs, hook: xhr-setup}}
`))
	if err != nil {
		t.Fatal(err)
	}
	mix := s.Viewers.Mix
	for i, want := range []struct {
		name, label, format string
		hook                refresher.Hook
	}{
		{"generic/steady/lan", "generic hls", HLS, refresher.TransportHook},
		{"genericdash/gcore-sw/lan", "generic dash", DASH, refresher.ServiceWorkerHook},
		{"gcore-hlsjs/gcore-plugin/lan", "Gcore hls.js 1.7", HLS, refresher.PlaybackHook},
		{"gcore-dashjs/steady+interceptor/lan", "Gcore dash.js 5.2", DASH, refresher.InterceptorHook},
		{"dashjs4.4/guide-dashjs+modify-request-url/lan", "dash.js 4.4", DASH, refresher.ModifyRequestURLHook},
		{"dashjs/guide-hlsjs+xhr-setup/lan", "dash.js 5.2", DASH, refresher.XHRSetupHook},
	} {
		c := &mix[i]
		if c.Name != want.name || c.Player.Label() != want.label || c.Format() != want.format || c.Policy.Hook != want.hook {
			t.Errorf("mix[%d]: %s, %s, %s, %s; want %+v", i, c.Name, c.Player.Label(), c.Format(), c.Policy.Hook, want)
		}
	}
	if want := (player.GcoreConfig{LiveDelay: 7, SourceController: true}); !reflect.DeepEqual(mix[2].Player.Gcore, want) {
		t.Errorf("gcore: %+v; want %+v", mix[2].Player.Gcore, want)
	}
	roundTrip(t, s)
	schema := compiledSchema(t)
	text, err := s.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(valueOf(t, text)); err != nil {
		t.Errorf("the schema refuses\n%s\n%v", text, err)
	}
}

func TestCombinationsRefused(t *testing.T) {
	for _, c := range []struct{ cohort, want string }{
		{"{policy: {name: guide-hlsjs, hook: xhrSetup}}", "did you mean xhr-setup?"},
		{"{player: {profile: hlsjs, wrapper: clappr}}", "clappr"},
		{"{player: {profile: generic, wrapper: gcore}}", "not around generic"},
		{"{player: generic smooth}", "use hls or dash"},
		{"{player: {profile: generic, generic: {safetyFactor: 3}}}", "safetyFactor"},
		{"{player: {profile: hlsjs, wrapper: gcore, gcore: {liveDelay: -1}}}", "gcore.liveDelay"},
	} {
		_, err := Parse("mine.yaml", []byte("version: 1\nviewers: {count: 1, mix: ["+c.cohort+"]}\n"))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", c.cohort, err, c.want)
		}
	}
}
