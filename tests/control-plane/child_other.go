//go:build !linux

package main

import "syscall"

// dieWithParent needs Linux. Elsewhere a supervisor killed with SIGKILL leaves its children behind.
func dieWithParent(*syscall.SysProcAttr) {}
