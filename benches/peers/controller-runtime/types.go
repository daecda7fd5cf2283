package main

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/scheme"
)

// The fields of the kinds that the job needs; all others are left alone by patches.

type qrCode struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec struct {
		AccountRef       reference `json:"accountRef"`
		PhoneNumberID    string    `json:"phoneNumberId,omitempty"`
		PrefilledMessage string    `json:"prefilledMessage"`
	} `json:"spec"`
	Status qrCodeStatus `json:"status,omitempty"`
}

type qrCodeStatus struct {
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
	Code               string             `json:"code,omitempty"`
	DeepLinkURL        string             `json:"deepLinkUrl,omitempty"`
	ImageURL           string             `json:"imageUrl,omitempty"`
}

type account struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec struct {
		Meta struct {
			Credentials struct {
				SecretRef reference `json:"secretRef"`
			} `json:"credentials"`
		} `json:"meta"`
	} `json:"spec"`
}

type reference struct {
	Name string `json:"name"`
}

type qrCodeList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []qrCode `json:"items"`
}

type accountList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []account `json:"items"`
}

func (c *qrCode) DeepCopyObject() runtime.Object {
	out := *c
	c.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	out.Status.Conditions = append([]metav1.Condition(nil), c.Status.Conditions...)
	return &out
}

func (a *account) DeepCopyObject() runtime.Object {
	out := *a
	a.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	return &out
}

func (l *qrCodeList) DeepCopyObject() runtime.Object {
	out := *l
	out.Items = make([]qrCode, len(l.Items))
	for i := range l.Items {
		out.Items[i] = *l.Items[i].DeepCopyObject().(*qrCode)
	}
	return &out
}

func (l *accountList) DeepCopyObject() runtime.Object {
	out := *l
	out.Items = make([]account, len(l.Items))
	for i := range l.Items {
		out.Items[i] = *l.Items[i].DeepCopyObject().(*account)
	}
	return &out
}

func addKinds(kinds *runtime.Scheme) error {
	group := schema.GroupVersion{Group: "waops.dev", Version: "v1alpha1"}
	builder := scheme.Builder{GroupVersion: group}
	builder.SchemeBuilder.Register(func(kinds *runtime.Scheme) error {
		kinds.AddKnownTypeWithName(group.WithKind("WhatsAppQrCode"), &qrCode{})
		kinds.AddKnownTypeWithName(group.WithKind("WhatsAppQrCodeList"), &qrCodeList{})
		kinds.AddKnownTypeWithName(group.WithKind("WhatsAppAccount"), &account{})
		kinds.AddKnownTypeWithName(group.WithKind("WhatsAppAccountList"), &accountList{})
		metav1.AddToGroupVersion(kinds, group)
		return nil
	})
	return builder.AddToScheme(kinds)
}
