import './widgets';
import './app/app';
