//! A throw-away certificate authority, and what a server needs to be believed by whoever trusts it.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;

/// An authority and a certificate of it for `localhost`.
pub(crate) struct Authority {
    /// The authority's own certificate.
    pub(crate) pem: String,
    pub(crate) server: Arc<ServerConfig>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut own = CertificateParams::new(Vec::new()).unwrap();
        own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        own.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let own_key = KeyPair::generate().unwrap();
        let pem = own.self_signed(&own_key).unwrap().pem();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = certificate.signed_by(&key, &Issuer::new(own, own_key)).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let chain = vec![certificate.der().clone()];
        let config = config.with_no_client_auth().with_single_cert(chain, PrivatePkcs8KeyDer::from(key.serialize_der()).into());
        Self { pem, server: Arc::new(config.unwrap()) }
    }
}
