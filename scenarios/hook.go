package scenarios

import (
	"fmt"

	"soak/player"
	"soak/refresher"
)

// Hook is where in the cohort's player its policy rewrites URLs, as the player
// knows it; empty when that is done below the player.
func (c *Cohort) Hook() string { return c.HookIn(c.Player) }

// HookIn is the same for a player that the cohort's may go over to (player.Rotating).
func (c *Cohort) HookIn(p player.Config) string {
	switch hook := c.Policy.Hook; hook {
	case refresher.TransportHook, refresher.ServiceWorkerHook, "":
		return ""
	case refresher.PlaybackHook: // the Gcore plugin looks at what plays
		if !p.Has(player.LoaderHook) {
			return player.InterceptorHook
		}
		return player.LoaderHook
	default:
		return string(hook)
	}
}

// Idle tells what is wrong with a hook that the player never calls; empty when it
// does. Such a cohort runs, because pages do: the guide's dash.js sample with
// dash.js 5 refreshes tokens that no URL ever carries (H15).
func (c *Cohort) Idle() string {
	hook := c.Hook()
	if hook == "" || c.Player.Has(hook) {
		return ""
	}
	return fmt.Sprintf("%s never calls the hook %s of %s: tokens are refreshed and not used", c.Player.Label(), hook, c.Policy.Name)
}
