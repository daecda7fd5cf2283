package main

import "syscall"

// dieWithParent covers the one death that closes no pipe of ours: SIGKILL to the supervisor.
func dieWithParent(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGKILL }
