package main

import (
	"regexp"
	"strings"

	"soak/scenarios"
	"soak/token"
)

var pairs = regexp.MustCompile(token.Pattern)

// hide puts hashes in place of the tokens in a URL or an argument that holds one.
// A pair in the path stays a pair: the first token of a run replaces it, so what
// repeats a run still does. In the query nothing usable is left.
func hide(text string) string {
	path, query, found := strings.Cut(text, "?")
	path = pairs.ReplaceAllStringFunc(path, func(pair string) string {
		g, _ := token.Find(pair)
		return strings.Replace(pair, g.Token, token.Hash(g.Token), 1)
	})
	if !found {
		return path
	}
	return path + "?" + token.Redact(query)
}

// hidden is the scenario as a report may show it.
func hidden(s scenarios.Scenario) scenarios.Scenario {
	s.Target.URL = hide(s.Target.URL)
	if s.Target.TokenAPI != nil {
		api := *s.Target.TokenAPI
		api.URL = hide(api.URL)
		s.Target.TokenAPI = &api
	}
	return s
}
