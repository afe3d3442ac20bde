package main

import (
	"github.com/spf13/cobra"

	"soak/netem"
	"soak/player"
	"soak/refresher"
	"soak/scenarios"
)

// completions are the flags whose values shells can complete ("soak completion
// --help"): what stands there is only asked for when a shell asks.
func completions() map[string]func() []string {
	return map[string]func() []string{
		"scenario": builtins,
		"player": func() []string {
			return []string{player.HLSJS, "dashjs 5.2", "dashjs 4.7", player.Generic, player.Generic + " dash"}
		},
		"policy": func() (names []string) {
			for _, p := range refresher.Policies() {
				names = append(names, p.Name)
			}
			return names
		},
		"link":  netem.Builtins,
		"suite": func() []string { return []string{"hazards", "drills"} },
	}
}

func builtins() (names []string) {
	for _, s := range scenarios.List() {
		names = append(names, s.Name)
	}
	return names
}

// addCompletions lets shells complete the values of flags, of a command and all below
// it.
func addCompletions(cmd *cobra.Command) {
	for flag, values := range completions() {
		if cmd.Flags().Lookup(flag) != nil {
			// It fails for flags that are not there, or complete already.
			_ = cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
				return values(), cobra.ShellCompDirectiveNoFileComp
			})
		}
	}
	for _, sub := range cmd.Commands() {
		addCompletions(sub)
	}
}
