package config

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// PrintUsage writes what --help shows, with the table of settings.
func PrintUsage(w io.Writer) error {
	fmt.Fprint(w, "vidchat serves video calls in the browser: the pages, the signaling and the TURN credentials.\n\n",
		"Usage: vidchat [--help | --version | --licenses | --healthcheck]\n",
		"       vidchat check [--json]\n\n",
		"--licenses prints the licenses of what the program contains of others.\n",
		"--healthcheck asks the server that runs with the same settings whether it is alive,\n",
		"and ends with status 0 if it is.\n",
		"check looks at the whole installation, from the settings to the TURN servers, says what\n",
		"to do where something is wrong, and ends with status 0 if nothing is.\n\n",
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
