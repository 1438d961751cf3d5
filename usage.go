package main

import (
	"fmt"
	"io"
	"runtime/debug"
	"text/tabwriter"
)

// printUsage writes the table of settings; it is the same one readConfig reads by.
func printUsage(w io.Writer) error {
	fmt.Fprint(w, "vidchat serves video calls in the browser: the pages, the signaling and the TURN credentials.\n\n",
		"Usage: vidchat [--help | --version | --healthcheck]\n\n",
		"--healthcheck asks the server that runs with the same settings whether it is alive,\n",
		"and ends with status 0 if it is.\n\n",
		"It is configured by environment variables, or by a file .env in the working directory:\n\n")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range settings() {
		fmt.Fprintf(table, "  %s\t%s\n", s.name, s.about)
		if s.fallback != "" {
			fmt.Fprintf(table, "  \tDefault: %s\n", s.fallback)
		}
	}
	return table.Flush()
}

// printVersion writes what the Go tool stamped on the binary.
func printVersion(w io.Writer) error {
	version, compiler := "unknown", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version, compiler = info.Main.Version, info.GoVersion
	}
	_, err := fmt.Fprintf(w, "vidchat %s (%s)\n", version, compiler)
	return err
}
