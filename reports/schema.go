package reports

import _ "embed"

//go:embed summary.schema.json
var summarySchema string

// SummarySchema is the JSON Schema (2020-12) of summary.json. It knows what stands
// where and of which type; that figures add up only Read knows.
func SummarySchema() []byte { return []byte(summarySchema) }
