<?php
/**
 * Plugin Name: Je donne mon avis
 * Description: Le bouton, par le code court [je_donne_mon_avis code="k7f3q2"].
 * Version: 1.0.0
 * Requires at least: 5.7
 * Requires PHP: 7.4
 * License: MIT
 */

defined( 'ABSPATH' ) || exit;

const AVIS_COLLECTEUR = 'https://avis.example.fr';
const AVIS_SCRIPT     = array(
	'src'         => AVIS_COLLECTEUR . '/w/1.1.0/avis.js',
	'integrity'   => 'sha384-…',
	'crossorigin' => 'anonymous',
	'defer'       => true,
);

add_shortcode(
	'je_donne_mon_avis',
	function ( $given ) {
		$given = shortcode_atts( array( 'code' => '', 'texte' => 'Je donne mon avis' ), $given );
		// Sans code juste, mieux vaut rien qu’un lien vers nulle part.
		if ( ! preg_match( '/^[0-9a-z]{4,16}$/D', $given['code'] ) ) {
			return '';
		}
		// Deux codes courts sur une page écrivent deux fois le script : il ne se déclare qu’une fois.
		return wp_get_script_tag( AVIS_SCRIPT ) . sprintf(
			'<mon-avis><a href="%s">%s</a></mon-avis>',
			esc_url( AVIS_COLLECTEUR . '/f/' . $given['code'] ),
			esc_html( $given['texte'] )
		);
	}
);
