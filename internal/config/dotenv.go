package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/joho/godotenv"
)

// byteOrderMark is what some editors put before the text.
const byteOrderMark = "\ufeff"

// readDotEnv reads a .env file; one that does not exist is empty. Errors of the
// parser quote the file, and with it secrets, so they are not passed on.
func readDotEnv(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the file .env cannot be read, make it readable or remove it: %w", err)
	}
	values, err := godotenv.Unmarshal(literalDollars(strings.TrimPrefix(string(text), byteOrderMark)))
	if err != nil {
		return nil, errors.New("the file .env cannot be understood: write one NAME=value a line, comments behind #")
	}
	return values, nil
}

// literalDollars escapes the dollar signs that the parser would take for
// variables. In a secret they are plain characters, as in the .env of the
// original. In single quotes the parser leaves them alone.
func literalDollars(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		_, value, _ := strings.Cut(line, "=")
		if !strings.HasPrefix(strings.TrimSpace(value), "'") {
			lines[i] = strings.ReplaceAll(strings.ReplaceAll(line, `\$`, "$"), "$", `\$`)
		}
	}
	return strings.Join(lines, "\n")
}
