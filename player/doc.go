// Package player is one viewer's player on a loop: what it asks for and when,
// what it buffers, when it stalls, retries or gives up.
//
// A [Player] is an event machine that copies a real player's decisions: profile
// "hlsjs" is hls.js 1.7 (files hls_*.go), profile "dashjs" is dash.js 5
// (files dash_*.go). Profile "generic" (generic_*.go) copies nobody: it is what a
// good player would do. All feed an element, the model of the browser's media
// element, which knows nothing of requests:
//
//	World ── Response ──▶ profile ── append, seek, play ──▶ element ── Startup, Stall, Leave ──▶ World
//	  ▲                     │  ▲                              │
//	  └───── Fetch, Set ────┘  └── playing, waiting, ended ───┘
//
// The viewer pauses, jumps and chooses a quality through the methods of [Viewer].
// The Gcore player (gcore.go) is a Player around one of the first two.
//
// Everything happens in callbacks of the World's loop, so there are no locks, no
// goroutines and no clock but World.Now. Nothing ticks: where the original polls
// ten times a second, the profile computes the next tick at which something can
// change and sets one timer for it, so that a viewer-hour costs milliseconds.
//
// The package knows of URLs only how they end ([manifest.Address]): it never knows
// tokens, their lifetimes or who refreshes them.
package player
