package check

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// spareDescriptors is how many open files the server needs beside its sessions:
// listeners, the log, pages, and connections without a session.
const spareDescriptors = 512

// dataDir looks at the folder for certificates and secrets, if it is needed.
func (k *checker) dataDir() {
	const name = "data folder"
	dir := k.config.DataDir
	if dir == "" || len(k.config.HTTPS.Domains) == 0 && !k.config.Relay.Enabled() {
		return
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		k.add(name, Problem, "%s does not exist: start the server, which makes it, or set DATA_DIR to another folder", dir)
		return
	case err != nil:
		k.add(name, Problem, "%s cannot be read: %v", dir, err)
		return
	case !info.IsDir():
		k.add(name, Problem, "%s is not a folder: set DATA_DIR to one", dir)
		return
	case info.Mode().Perm()&0o077 != 0:
		k.add(name, Problem, "others can read %s, where private keys are kept: run chmod 700 %s", dir, dir)
		return
	}
	probe, err := os.CreateTemp(dir, "check-*")
	if err == nil {
		_, err = probe.WriteString("x")
		err = errors.Join(err, probe.Close(), os.Remove(probe.Name()))
	}
	if err != nil {
		k.add(name, Problem, "nothing can be written into %s: make room on its disk, and make it writable for this user (%v)", filepath.Clean(dir), err)
		return
	}
	k.add(name, OK, "%s can be written, and others cannot read it", dir)
}

// descriptors compares the limit of open files with what the sessions take.
func (k *checker) descriptors() {
	const name = "open files"
	limit, err := k.Descriptors()
	if err != nil {
		k.add(name, Warning, "their limit cannot be read: %v", err)
		return
	}
	sessions := k.config.Limits.Sessions
	need := uint64(sessions) + spareDescriptors
	if k.config.Relay.Enabled() {
		need += uint64(k.config.Relay.MaxPort-k.config.Relay.MinPort) + 1
	}
	switch {
	case sessions == 0:
		k.add(name, OK, "%d are allowed, and MAX_SESSIONS is off", limit)
	case limit < need:
		k.add(name, Warning, "%d are allowed, and MAX_SESSIONS=%d needs %d: raise the limit (ulimit -n, LimitNOFILE in systemd), or lower MAX_SESSIONS",
			limit, sessions, need)
	default:
		k.add(name, OK, "%d are allowed", limit)
	}
}

// clock looks for a clock that is surely wrong: certificates and TURN credentials
// depend on it.
func (k *checker) clock() {
	const name = "clock"
	if now := k.Now(); now.Before(k.Built) {
		k.add(name, Problem, "it says %s, which is before this program was built: set it, and let it be kept right (systemd-timesyncd, chrony)",
			now.UTC().Format("2006-01-02 15:04"))
		return
	}
	k.add(name, OK, "it says %s", k.Now().UTC().Format("2006-01-02 15:04 UTC"))
}
