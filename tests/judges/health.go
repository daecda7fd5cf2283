package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	argocd "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/lua"
	argohealth "github.com/argoproj/gitops-engine/pkg/health"
	flux "github.com/fluxcd/cli-utils/pkg/kstatus/status"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// verdict is what a program says of an object.
type verdict struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

// health says of each object what Argo CD shows, with the scripts of an argocd-cm.
func health(arguments []string, input []byte) (any, error) {
	if len(arguments) != 1 {
		return nil, errors.New("usage: health ARGOCD-CM < OBJECTS")
	}
	scripts, err := scriptsOf(arguments[0])
	if err != nil {
		return nil, err
	}
	return each(input, func(object *unstructured.Unstructured) (verdict, error) {
		found, err := argohealth.GetResourceHealth(object, scripts)
		if err != nil || found == nil {
			return verdict{}, err
		}
		return verdict{Status: string(found.Status), Message: found.Message}, nil
	})
}

// kstatus says of each object what Flux waits for.
func kstatus(_ []string, input []byte) (any, error) {
	return each(input, func(object *unstructured.Unstructured) (verdict, error) {
		found, err := flux.Compute(object)
		if err != nil {
			return verdict{}, err
		}
		return verdict{Status: found.Status.String(), Message: found.Message}, nil
	})
}

func each(input []byte, judge func(*unstructured.Unstructured) (verdict, error)) (any, error) {
	var objects []map[string]any
	if err := json.Unmarshal(input, &objects); err != nil {
		return nil, err
	}
	verdicts := make([]verdict, 0, len(objects))
	for _, object := range objects {
		found, err := judge(&unstructured.Unstructured{Object: integers(object).(map[string]any)})
		if err != nil {
			return nil, err
		}
		verdicts = append(verdicts, found)
	}
	return verdicts, nil
}

// integers turns numbers into what a Kubernetes client makes of them.
func integers(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			value[key] = integers(inner)
		}
	case []any:
		for index, inner := range value {
			value[index] = integers(inner)
		}
	case float64:
		if whole := int64(value); float64(whole) == value {
			return whole
		}
	}
	return value
}

// scriptsOf reads the health scripts of an argocd-cm by the keys that Argo CD documents.
func scriptsOf(path string) (lua.ResourceHealthOverrides, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var config corev1.ConfigMap
	if err := yaml.UnmarshalStrict(text, &config); err != nil {
		return nil, err
	}
	scripts := lua.ResourceHealthOverrides{}
	for key, script := range config.Data {
		kind, is := strings.CutPrefix(key, "resource.customizations.health.")
		if !is {
			return nil, fmt.Errorf("%s: %s is no health script", path, key)
		}
		scripts[strings.Replace(kind, "_", "/", 1)] = argocd.ResourceOverride{HealthLua: script}
	}
	return scripts, nil
}

// application reads an Application as Argo CD does, and refuses what Argo CD would not know.
func application(_ []string, input []byte) (any, error) {
	var application argocd.Application
	if err := yaml.UnmarshalStrict(input, &application); err != nil {
		return nil, err
	}
	return application.Spec, nil
}
