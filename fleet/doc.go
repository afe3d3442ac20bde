// Package fleet runs a scenario: it joins a player, a refresher and an access
// link into a viewer, and sends viewers in as the scenario's arrival says.
//
// The one idea: a viewer is the same code in two worlds. What differs stands
// behind two small interfaces, a clock (loop.Tab or loop.Virtual) and a network
// (real sockets, or netem's model in front of the embedded lab's functions).
//
//	player ─Fetch─▶ viewer ─rewrite, margin─▶ network ─▶ edge
//	                  │  ▲
//	                  ▼  │ grants
//	               refresher ─Call─▶ network ─▶ token API
//
// Each viewer has a place (address.go): where edges and token API see it. A leech
// (leech.go) has no tokens and plays a URL that it copied from another viewer.
//
// fleet decides nothing about playback or tokens; it knows no flags, terminals or
// report formats.
package fleet
