package scenarios

import (
	"strings"
	"testing"

	"soak/player"
	"soak/refresher"
)

// The report names cohorts whose tokens never come to any URL (H15).
func TestIdleHooks(t *testing.T) {
	for _, c := range []struct {
		player player.Config
		hook   refresher.Hook
		want   string // what is said; empty: nothing
	}{
		{player.Config{Profile: player.DashJS}, refresher.ModifyRequestHook, "dash.js 5.2 never calls the hook modify-request of mine"},
		{player.Config{Profile: player.DashJS, Version: "4.7"}, refresher.ModifyRequestHook, ""},
		{player.Config{Profile: player.DashJS, Version: "4.7"}, refresher.PlaybackHook, "dash.js 4.7 never calls the hook interceptor of mine"},
		{player.Config{Profile: player.HLSJS, Wrapper: player.Gcore}, refresher.PlaybackHook, ""},
		{player.Config{Profile: player.HLSJS}, refresher.ServiceWorkerHook, ""},
		{player.Config{Profile: player.HLSJS}, "", ""},
	} {
		co := Cohort{Player: c.player, Policy: refresher.Policy{Name: "mine", Hook: c.hook}}
		if got := co.Idle(); (got == "") != (c.want == "") || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s, %s: %q; want %q", c.player.Label(), c.hook, got, c.want)
		}
	}
}
