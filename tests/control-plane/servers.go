//go:build !external

package main

import (
	"os"
	_ "time/tzdata" // CronJobs have time zones

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

// The faces that a build with -tags external leaves to the binaries in KUBEBUILDER_ASSETS. Each is
// the main function of the original, less the plugins that no test needs.
func init() {
	faces["etcd"] = func() error {
		etcdmain.Main(os.Args)
		return nil
	}
	faces["kube-apiserver"] = runCommand(apiserver.NewAPIServerCommand)
	faces["kube-controller-manager"] = runCommand(controllermanager.NewControllerManagerCommand)
	faces["kubectl"] = func() error {
		if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
			kubectlutil.CheckErr(err)
		}
		return nil
	}
}

func runCommand(newCommand func() *cobra.Command) face {
	return func() error {
		os.Exit(cli.Run(newCommand()))
		return nil
	}
}
