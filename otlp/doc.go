// Package otlp pushes the metrics of a run under way to an OpenTelemetry collector:
// OTLP over HTTP, binary Protobuf (OTLP specification 1.11.0, section OTLP/HTTP).
//
// The one idea: a push is the whole state. Counters and histograms are cumulative from
// the start of the run, so a push that is lost is made good by the next one, and
// nothing is queued.
//
// It needs the generated messages only, which are small: the exporter of
// OpenTelemetry's SDK would bring gRPC and 9 MB along, for what is one request.
package otlp
